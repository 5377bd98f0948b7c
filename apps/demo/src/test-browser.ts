// Creates the whole app with an empty database, and test browsers.
import { createTestClient, createTestClock, type TestClient, type TestClock } from '@fetch-login/core/testing'
import { createApp } from './app'
import type { DemoOptions } from './demo'
import { openDatabase } from './users/database'
import type { Seed } from './users/seeds'
import type { User } from './users/user'
import { Users } from './users/users'

export const ORIGIN = 'http://127.0.0.1:3000'
const SECRET = 'a secret of the tests, with no value elsewhere'

/** A test browser with the actions of a visitor. */
export interface TestBrowser {
  readonly client: TestClient<User>
  /** Opens the page, reads its CSRF token, and submits the form. */
  submit(path: string, fields?: Record<string, string>, page?: string): Promise<Response>
  logIn(seed: Pick<Seed, 'email' | 'password'>, more?: Record<string, string>): Promise<Response>
  /** Requests a page and returns the status and the location of the response. */
  visit(path: string): Promise<{ status: number; location: string | null }>
  /** Follows all redirects and returns the HTML. */
  read(path: string): Promise<string>
  tokenOn(page: string): Promise<string>
}

export interface TestDemo {
  readonly app: ReturnType<typeof createApp>['app']
  readonly manager: ReturnType<typeof createApp>['manager']
  readonly users: Users
  readonly clock: TestClock
  browser(headers?: Record<string, string>): TestBrowser
  userOf(seed: Pick<Seed, 'email'>): User
}

export async function startDemo(options: Partial<DemoOptions> = {}): Promise<TestDemo> {
  const clock = createTestClock()
  const users = await Users.create(openDatabase(), clock)
  const { app, manager } = createApp({ users, secret: SECRET, clock, ...options })
  const fetch = (request: Request): Response | Promise<Response> => app.fetch(request)
  const browser = (headers: Record<string, string> = {}): TestBrowser =>
    browserOf(createTestClient(fetch, { manager, clock, origin: ORIGIN, headers }))
  const userOf = ({ email }: Pick<Seed, 'email'>): User => {
    const user = users.list().find((one) => one.email === email)
    if (user === undefined) throw new Error(`A user with the e-mail address ${email} does not exist.`)
    return user
  }
  return { app, manager, users, clock, browser, userOf }
}

function browserOf(client: TestClient<User>): TestBrowser {
  const tokenOn = async (page: string): Promise<string> =>
    /name="csrf_token" value="([^"]+)"/.exec(await (await client.get(page)).text())?.[1] ?? ''

  const submit: TestBrowser['submit'] = async (path, fields = {}, page = path) =>
    client.post(path, { csrf_token: await tokenOn(page), ...fields })

  return {
    client,
    tokenOn,
    submit,
    logIn: ({ email, password }, more = {}) => submit('/login', { email, password, ...more }),
    visit: async (path) => {
      const { status, headers } = await client.get(path)
      return { status, location: headers.get('location') }
    },
    read: async (path) => (await client.follow(await client.get(path))).text(),
  }
}
