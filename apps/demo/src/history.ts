// The events of each login, for the page "Your login". An event contains its request. The login of the request is
// determined when the response is made. Kept in memory, with limits.
import type { CurrentLogin, LoginEvent, LoginEventName, LoginManager } from '@fetch-login/core'
import type { User } from './users/user'

export interface HistoryEntry {
  readonly name: LoginEventName
  readonly meaning: string
  /** Epoch seconds. */
  readonly at: number
  /** The request, such as `GET /admin`. */
  readonly where: string
}

/** All events except `userAccessed`, which every page emits. */
const MEANINGS: Readonly<Record<Exclude<LoginEventName, 'userAccessed'>, string>> = {
  userLoggedIn: 'This login began with the correct password.',
  userLoggedOut: 'This login ended.',
  userLoadedFromCookie: 'The remember cookie restored this login, which is not fresh.',
  userLoadedFromRequest: 'An API key identified the user.',
  userLoginConfirmed: 'You confirmed the login: it is fresh and has a new session id.',
  userUnauthorized: 'A page was refused, because the request was anonymous.',
  userNeedsRefresh: 'A page required a fresh login and redirected to the confirmation page.',
  userForbidden: 'A page was refused, because this user may not open it.',
  sessionProtected: 'Another client used this login, so it is not fresh any more.',
  loginRejected: 'The login of a deactivated account was refused.',
  sessionRejected: 'A session cookie was refused.',
  rememberRejected: 'A remember cookie was refused.',
  csrfRejected: 'A form was refused as forged.',
  sessionTrimmed: 'The session cookie was full, so optional data was left out.',
  nextDropped: 'The address of a refused page was too long for `next`.',
  warning: 'The login manager reported a warning.',
}

const LOGINS = 1000
const ENTRIES = 30

export class History {
  readonly #clock: () => number
  readonly #during = new WeakMap<object, { entries: HistoryEntry[]; ended: readonly string[] }>()
  readonly #byLogin = new Map<string, readonly HistoryEntry[]>()

  constructor(manager: LoginManager<User>, clock: () => number) {
    this.#clock = clock
    for (const name of Object.keys(MEANINGS) as (keyof typeof MEANINGS)[]) {
      manager.on(name, (event) => this.#record(event))
    }
  }

  /** Returns the events of a login, oldest first, including those of this request. */
  of(login: CurrentLogin | null, request: object): readonly HistoryEntry[] {
    const known = this.#byLogin.get(login?.session?.sessionId ?? '') ?? []
    return [...known, ...(this.#during.get(request)?.entries ?? [])].slice(-ENTRIES)
  }

  /** Returns whether this request emitted an event. */
  has(request: object): boolean {
    return this.#during.has(request)
  }

  /** Assigns the events of a completed request to its login. */
  keep(login: CurrentLogin | null, request: object): void {
    const { entries = [], ended = [] } = this.#during.get(request) ?? {}
    this.#during.delete(request)
    const before = ended.flatMap((id) => this.#byLogin.get(id) ?? [])
    for (const id of ended) this.#byLogin.delete(id)
    const id = login?.session?.sessionId
    if (id === undefined) return
    const begins = entries.some(({ name }) => name === 'userLoggedIn')
    this.#set(id, begins ? entries : [...before, ...(this.#byLogin.get(id) ?? []), ...entries])
  }

  /** Removes the login with the oldest event if the limit is reached. */
  #set(id: string, entries: readonly HistoryEntry[]): void {
    this.#byLogin.delete(id)
    this.#byLogin.set(id, entries.slice(-ENTRIES))
    if (this.#byLogin.size > LOGINS) this.#byLogin.delete(this.#byLogin.keys().next().value ?? '')
  }

  #record(event: LoginEvent<User, keyof typeof MEANINGS>): void {
    const { name, request } = event
    const during = this.#during.get(request) ?? { entries: [], ended: [] }
    const where = `${request.method} ${new URL(request.url).pathname}`
    during.entries.push({ name, meaning: MEANINGS[name], at: this.#clock(), where })
    if ('ended' in event) during.ended = [...during.ended, ...event.ended.map(({ id }) => id)]
    this.#during.set(request, during)
  }
}
