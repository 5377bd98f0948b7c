// What a guarded request with a new cookie cannot do without, whoever writes it: open the cookie (base64url, the HMAC of its
// signature or its decryption), parse what it says, and a keyed hash each for fingerprint and stamp. All by the library's
// own primitives, through its public codec, so that the ratio to the whole request stays honest when they change.
import { type DecodedToken, type LoginManager, type SessionCodec, signed, type TokenCodec } from '@fetch-login/core'
import type { Credential, Work } from '../../contestant'
import type { Crowd } from '../../crowd'
import { offTheWire } from '../../request'
import type { User } from '../../users'
import { createBenchManager, logIn, tokenOf } from '../login-manager'

interface Codecs {
  /** Opens the cookies of the manager. */
  readonly session: TokenCodec
  /** Opening its empty token costs a keyed hash of a short text, and a comparison. */
  readonly keyed: TokenCodec
}

export async function primitives(codec: SessionCodec, { visitors }: Crowd): Promise<Work> {
  const { manager, codecs } = tappedManager(codec)
  const credentials = await logIn(manager, visitors)
  const empty = String(await codecs.keyed.encode(''))
  let turn = -1
  const opened = (token: DecodedToken) => ({
    claims: token.ok ? JSON.parse(token.payload) : null,
    client: codecs.keyed.decode(empty),
    stamp: codecs.keyed.decode(empty),
  })
  const next = () => {
    turn = (turn + 1) % credentials.length
    const opening = codecs.session.decode(tokenOf(offTheWire((credentials[turn] as Credential).cookie)))
    return opening instanceof Promise ? opening.then(opened) : opened(opening)
  }
  return { next, prove: async () => proofsOf(await next()) }
}

function proofsOf({ claims, client, stamp }: { claims: { sub?: string } | null; client: unknown; stamp: unknown }) {
  return [
    { what: 'the cookie opens and names its user', ok: typeof claims?.sub === 'string' },
    { what: 'both keyed hashes are good', ok: [client, stamp].every((token) => (token as DecodedToken).ok) },
  ]
}

/** A manager whose codec can be used without it. */
function tappedManager(codec: SessionCodec): { manager: LoginManager<User>; codecs: Codecs } {
  const tapped: Codecs[] = []
  const manager = createBenchManager(0, {
    name: codec.name,
    create: (keyring, cookieName) => {
      const session = codec.create(keyring, cookieName)
      tapped.push({ session, keyed: signed().create(keyring, cookieName) })
      return session
    },
  })
  const [codecs] = tapped
  if (codecs === undefined) throw new Error('The manager made no codec.')
  return { manager, codecs }
}
