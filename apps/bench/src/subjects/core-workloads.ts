// The workloads of core. A request is the view that an adapter creates, and a response is the user or null.
import {
  type DecodedToken,
  type GuardOutcome,
  type LoginManager,
  type SessionCodec,
  signed,
  type TokenCodec,
} from '@fetch-login/core'
import { checkRequest, commit, commitHeaders } from '@fetch-login/core/adapter'
import type { AppClient, AppResponse } from '../app-client'
import {
  createBenchManager,
  createCredentials,
  createSeenCredentials,
  createTarget,
  createUnseenCredentials,
  createView,
  getToken,
  logIn,
} from '../login-manager'
import { proveAnonymous, provePage } from '../proof'
import { toCookieHeader } from '../request'
import type { Visitors, Workload } from '../subject'
import { createGreeting, getUserAt, LOGIN_PROMPT, type User } from '../users'
import { createGuardedWorkload, sendInTurn } from '../workloads'

const RESTORED_VISITORS = 256

export function createGuardClient(manager: LoginManager<User>): AppClient<User | null> {
  const guard = manager.guard()
  const send = (_path: string, cookie: string | null) => {
    const outcome = guard(manager.open(createView(cookie)))
    return outcome instanceof Promise ? outcome.then(getUser) : getUser(outcome)
  }
  return { send, read: async (user) => createResponse(user) }
}

function getUser(outcome: GuardOutcome<User>): User | null {
  return outcome.ok ? (outcome.user ?? null) : null
}

function createResponse(user: User | null): AppResponse {
  const [status, body] = user === null ? [401, LOGIN_PROMPT] : [200, createGreeting(user)]
  return { status, body, setCookies: [] }
}

async function createUnseenVisitors(codec: SessionCodec, visitors: Visitors) {
  const manager = createBenchManager(visitors.cacheBytes, codec)
  return { manager, credentials: await createUnseenCredentials(manager, visitors) }
}

/** Creates only the view. The other subjects are compared with it. */
export async function createBareRequest(codec: SessionCodec, visitors: Visitors): Promise<Workload> {
  const { credentials } = await createUnseenVisitors(codec, visitors)
  const sendNext = sendInTurn(createView, credentials)
  const prove = async () => [
    { title: 'the request contains its cookie', ok: sendNext().headers.get('cookie') !== null },
  ]
  return { sendNext, prove }
}

/** The cookie is not in the cache of verified cookies. */
export async function createUnseen(codec: SessionCodec, visitors: Visitors): Promise<Workload> {
  const { manager, credentials } = await createUnseenVisitors(codec, visitors)
  return createGuardedWorkload(createGuardClient(manager), credentials)
}

/** The cookie is in the cache of verified cookies. */
export async function createSeen(codec: SessionCodec, { cacheBytes }: Visitors): Promise<Workload> {
  const client = createGuardClient(createBenchManager(cacheBytes, codec))
  return createGuardedWorkload(client, await createSeenCredentials(cacheBytes, codec))
}

/** Reads the user of a request that has only an unrelated cookie. It also copies a login cookie, as the bare request does. */
export async function createAnonymous(codec: SessionCodec, visitors: Visitors): Promise<Workload> {
  const { manager, credentials } = await createUnseenVisitors(codec, visitors)
  const send = (_path: string, cookie: string | null) => manager.open(createView(cookie)).currentUser()
  const sendNext = sendInTurn(() => send('', ''), credentials)
  const prove = async () => [
    { title: 'a request with an unrelated cookie is anonymous', ok: (await sendNext()) === null },
    await proveAnonymous({ send, read: async (user) => createResponse(user) }),
  ]
  return { sendNext, prove }
}

/** Opens the Auth object and commits it, and never reads the login. */
export async function createUnread(codec: SessionCodec, visitors: Visitors): Promise<Workload> {
  const { manager, credentials } = await createUnseenVisitors(codec, visitors)
  const response = new Response()
  const sendNext = sendInTurn((cookie) => {
    const auth = manager.open(createView(cookie))
    const rejection = checkRequest(auth)
    return rejection instanceof Promise ? rejection.then(() => commit(auth, response)) : commit(auth, response)
  }, credentials)
  const prove = async () => [
    { title: 'the response is the same object', ok: (await sendNext()) === response },
    ...(await provePage(createGuardClient(manager), credentials)),
  ]
  return { sendNext, prove }
}

/** Logs a user in and writes the Set-Cookie lines. */
export async function createLogin(codec: SessionCodec, { cacheBytes }: Visitors): Promise<Workload> {
  const manager = createBenchManager(cacheBytes, codec)
  let turn = 0
  const sendNext = async () => {
    const user = getUserAt(turn++)
    return { user, lines: await logIn(manager, user) }
  }
  const prove = async () => {
    const { user, lines } = await sendNext()
    return provePage(createGuardClient(manager), [{ cookie: toCookieHeader(lines), user }])
  }
  return { sendNext, prove }
}

/** Restores the login of a browser that was closed and sends only its remember cookie. */
export async function createRestore(codec: SessionCodec, { cacheBytes }: Visitors): Promise<Workload> {
  const manager = createBenchManager(cacheBytes, codec)
  const send = async (_path: string, cookie: string | null) => {
    const auth = manager.open(createView(cookie))
    const user = await auth.currentUser()
    const lines: string[] = []
    commitHeaders(auth, createTarget(lines))
    return { user, lines }
  }
  const client: AppClient<{ user: User | null; lines: string[] }> = {
    send,
    read: async ({ user }) => createResponse(user),
  }
  const credentials = await createCredentials(manager, RESTORED_VISITORS, { remember: true })
  const remembered = credentials.map(({ cookie, user }) => ({ cookie: getRememberCookie(cookie), user }))
  const sendNext = sendInTurn((cookie) => send('', cookie), remembered)
  const prove = async () => [
    { title: 'the response sets a new session cookie', ok: (await sendNext()).lines.length === 1 },
    ...(await provePage(client, remembered)),
  ]
  return { sendNext, prove }
}

function getRememberCookie(header: string): string {
  const pair = header.split('; ').find((one) => one.includes('remember_token='))
  if (pair === undefined) throw new Error('The login did not set a remember cookie.')
  return pair
}

interface Codecs {
  /** Decodes the cookies of the manager. */
  readonly session: TokenCodec
  /** Decodes an empty token, which costs a keyed hash of a short text and a comparison. */
  readonly keyed: TokenCodec
}

/**
 * Runs the operations that every guarded request with a new cookie needs. It decodes the cookie, parses its claims, and
 * computes a keyed hash for the client and for the stamp.
 * They use the primitives of the library through its public codec, so that the
 * ratio to the whole request stays valid if the primitives change.
 */
export async function createMinimum(codec: SessionCodec, { count }: Visitors): Promise<Workload> {
  const { manager, codecs } = createManagerAndCodecs(codec)
  const credentials = await createCredentials(manager, count)
  const empty = String(await codecs.keyed.encode(''))
  const readToken = (token: DecodedToken) => ({
    claims: token.ok ? JSON.parse(token.payload) : null,
    client: codecs.keyed.decode(empty),
    stamp: codecs.keyed.decode(empty),
  })
  const sendNext = sendInTurn((cookie) => {
    const decoding = codecs.session.decode(getToken(cookie))
    return decoding instanceof Promise ? decoding.then(readToken) : readToken(decoding)
  }, credentials)
  const prove = async () => {
    const { claims, client, stamp } = await sendNext()
    return [
      { title: 'the cookie is valid and names its user', ok: typeof claims?.sub === 'string' },
      { title: 'both keyed hashes are valid', ok: [client, stamp].every((token) => (token as DecodedToken).ok) },
    ]
  }
  return { sendNext, prove }
}

function createManagerAndCodecs(codec: SessionCodec): { manager: LoginManager<User>; codecs: Codecs } {
  let codecs: Codecs | undefined
  const manager = createBenchManager(0, {
    name: codec.name,
    create: (keyring, cookieName) => {
      const session = codec.create(keyring, cookieName)
      codecs ??= { session, keyed: signed().create(keyring, cookieName) }
      return session
    },
  })
  if (codecs === undefined) throw new Error('The manager did not create a codec.')
  return { manager, codecs }
}
