// What happened to each login, for the page "Your login". An event tells the request in which it happened; which login
// that was is asked when the request is through. Kept in memory, and not for ever.
import type { CurrentLogin, LoginEvent, LoginEventName, LoginManager } from '@fetch-login/core'
import type { User } from './users/user'

export interface Happening {
  readonly name: LoginEventName
  readonly meaning: string
  /** Epoch seconds. */
  readonly at: number
  /** The request, such as `GET /admin`. */
  readonly where: string
}

/** All events but `userAccessed`, which happens with every page. */
const MEANINGS: Readonly<Record<Exclude<LoginEventName, 'userAccessed'>, string>> = {
  userLoggedIn: 'A password was right: this login began.',
  userLoggedOut: 'This login ended.',
  userLoadedFromCookie: 'The remember cookie took this login up again, not fresh.',
  userLoadedFromRequest: 'An API key named the user.',
  userLoginConfirmed: 'You proved again who you are: the login is fresh, under a new session id.',
  userUnauthorized: 'A page was refused, because nobody was logged in.',
  userNeedsRefresh: 'A page wanted a fresher login, and sent you to confirm it.',
  userForbidden: 'A page that is not for this user was refused.',
  sessionProtected: 'Another client came with this login: it is not fresh any more.',
  loginRejected: 'A deactivated account was not let in.',
  sessionRejected: 'A session cookie was not accepted.',
  rememberRejected: 'A remember cookie was not accepted.',
  csrfRejected: 'A form was refused as forged.',
  sessionTrimmed: 'The session cookie was full, so something was left out.',
  nextDropped: 'The address of a refused page was too long to come back to.',
  warning: 'The login manager warned of a setting.',
}

const LOGINS = 1000
const HAPPENINGS = 30

export class History {
  readonly #clock: () => number
  readonly #during = new WeakMap<object, { happened: Happening[]; ended: readonly string[] }>()
  readonly #byLogin = new Map<string, readonly Happening[]>()

  constructor(manager: LoginManager<User>, clock: () => number) {
    this.#clock = clock
    for (const name of Object.keys(MEANINGS) as (keyof typeof MEANINGS)[]) {
      manager.on(name, (event) => this.#note(event))
    }
  }

  /** The events of a login, oldest first, this request's included. */
  of(login: CurrentLogin | null, request: object): readonly Happening[] {
    const known = this.#byLogin.get(login?.session?.sessionId ?? '') ?? []
    return [...known, ...(this.#during.get(request)?.happened ?? [])].slice(-HAPPENINGS)
  }

  /** Whether anything happened in this request that has to be kept. */
  has(request: object): boolean {
    return this.#during.has(request)
  }

  /** The request is through, and this is the login that came out of it. */
  keep(login: CurrentLogin | null, request: object): void {
    const { happened = [], ended = [] } = this.#during.get(request) ?? {}
    this.#during.delete(request)
    const before = ended.flatMap((id) => this.#byLogin.get(id) ?? [])
    for (const id of ended) this.#byLogin.delete(id)
    const id = login?.session?.sessionId
    if (id === undefined) return
    const begins = happened.some(({ name }) => name === 'userLoggedIn')
    this.#set(id, begins ? happened : [...before, ...(this.#byLogin.get(id) ?? []), ...happened])
  }

  /** The login that was quiet for longest makes room. */
  #set(id: string, happened: readonly Happening[]): void {
    this.#byLogin.delete(id)
    this.#byLogin.set(id, happened.slice(-HAPPENINGS))
    if (this.#byLogin.size > LOGINS) this.#byLogin.delete(this.#byLogin.keys().next().value ?? '')
  }

  #note(event: LoginEvent<User, keyof typeof MEANINGS>): void {
    const { name, request } = event
    const during = this.#during.get(request) ?? { happened: [], ended: [] }
    const where = `${request.method} ${new URL(request.url).pathname}`
    during.happened.push({ name, meaning: MEANINGS[name], at: this.#clock(), where })
    if ('ended' in event) during.ended = [...during.ended, ...event.ended.map(({ id }) => id)]
    this.#during.set(request, during)
  }
}
