// A software authenticator: makes real keys (ES256), real attestation objects (format none) and real assertions, and
// can be told to do it wrong. It plays the browser's part too, which writes challenge and origin into what is signed.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** What `navigator.credentials` would refuse to do. */
export interface Lies {
  readonly origin?: string
  readonly challenge?: string
  readonly type?: string
  readonly rpId?: string
  readonly userHandle?: string
  readonly id?: string
  readonly counter?: number
  /** The user was not verified: no PIN, no finger. */
  readonly unverified?: boolean
}

interface Credential {
  readonly id: Buffer
  readonly key: KeyObject
  readonly userHandle: string
  counter: number
}

export interface CreationOptions {
  readonly challenge: string
  readonly rp: { readonly id?: string | undefined }
  readonly user: { readonly id: string }
}

export interface RequestOptions {
  readonly challenge: string
  readonly rpId?: string | undefined
}

const [USER_PRESENT, USER_VERIFIED, ATTESTED] = [0x01, 0x04, 0x40]

export class Authenticator {
  readonly #origin: string
  readonly #credentials: Credential[] = []

  constructor(origin: string) {
    this.#origin = origin
  }

  /** `navigator.credentials.create()`, as JSON. */
  create({ challenge, rp, user }: CreationOptions, lies: Lies = {}) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const id = lies.id === undefined ? randomBytes(16) : Buffer.from(lies.id, 'base64url')
    const credential: Credential = { id, key: privateKey, userHandle: user.id, counter: 0 }
    this.#credentials.push(credential)
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
    const coseKey = cbor(
      new Map<number, unknown>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.from(x, 'base64url')],
        [-3, Buffer.from(y, 'base64url')],
      ]),
    )
    const attested = Buffer.concat([Buffer.alloc(16), uint16(id.length), id, coseKey])
    const authData = authenticatorData(lies.rpId ?? rp.id ?? '', ATTESTED, lies, 0, attested)
    const attestation = new Map<string, unknown>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', authData],
    ])
    return this.#answer(id, {
      clientDataJSON: this.#clientData('webauthn.create', challenge, lies).toString('base64url'),
      attestationObject: cbor(attestation).toString('base64url'),
    })
  }

  /** `navigator.credentials.get()`, as JSON: with the passkey made last, or that of `lies.id`. */
  get({ challenge, rpId = '' }: RequestOptions, lies: Lies = {}) {
    const credential = this.#credentials.at(-1)
    if (credential === undefined) throw new Error('This authenticator has no passkey.')
    credential.counter += 1
    const authData = authenticatorData(lies.rpId ?? rpId, 0, lies, lies.counter ?? credential.counter)
    const clientData = this.#clientData('webauthn.get', challenge, lies)
    const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()])
    return this.#answer(lies.id === undefined ? credential.id : Buffer.from(lies.id, 'base64url'), {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: sign('sha256', signed, credential.key).toString('base64url'),
      userHandle: lies.userHandle ?? credential.userHandle,
    })
  }

  #clientData(type: string, challenge: string, lies: Lies): Buffer {
    const data = {
      type: lies.type ?? type,
      challenge: lies.challenge ?? challenge,
      origin: lies.origin ?? this.#origin,
    }
    return Buffer.from(JSON.stringify({ ...data, crossOrigin: false }))
  }

  #answer<Response>(bytes: Buffer, response: Response) {
    const id = bytes.toString('base64url')
    return { id, rawId: id, type: 'public-key', response, clientExtensionResults: {} }
  }
}

function authenticatorData(rpId: string, flags: number, lies: Lies, counter: number, more = Buffer.alloc(0)): Buffer {
  const count = Buffer.alloc(4)
  count.writeUInt32BE(counter)
  const verified = lies.unverified ? 0 : USER_VERIFIED
  const flagged = Buffer.from([flags | USER_PRESENT | verified])
  return Buffer.concat([createHash('sha256').update(rpId).digest(), flagged, count, more])
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

/** As much CBOR (RFC 8949) as an attestation needs: integers, bytes, texts and maps. */
function cbor(value: unknown): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Map) {
    const entries = [...value].flatMap(([key, entry]) => [cbor(key), cbor(entry)])
    return Buffer.concat([head(5, value.size), ...entries])
  }
  throw new Error(`This authenticator knows no CBOR for ${typeof value}.`)
}

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value])
  return value < 256
    ? Buffer.from([(major << 5) | 24, value])
    : Buffer.from([(major << 5) | 25, value >> 8, value & 255])
}
