// The scenes that the browser tests open: every page of the demo, with and without errors.
import type { BrowserContextOptions, Page } from 'playwright-core'
import { ALICE, BOB, fill, logIn, press } from './visitor'
import type { World } from './world'

type Visitor = 'anonymous' | 'a user' | 'an admin' | 'a remembered user'

export interface Scene {
  readonly name: string
  readonly visitor: Visitor
  /** The scene is one of the screenshots. */
  readonly picture?: true
  open(page: Page): Promise<unknown>
}

export const SCENES: readonly Scene[] = [
  { name: 'home', visitor: 'anonymous', picture: true, open: (page) => page.goto('/') },
  { name: 'login', visitor: 'anonymous', picture: true, open: (page) => page.goto('/login') },
  {
    name: 'login, sent there from another page',
    visitor: 'anonymous',
    open: (page) => page.goto('/dashboard'),
  },
  {
    name: 'login refused',
    visitor: 'anonymous',
    picture: true,
    async open(page) {
      await page.goto('/login')
      await fill(page, { 'E-mail': ALICE.email, Password: 'not this one' })
      await pressInMain(page, 'Log in')
    },
  },
  {
    name: 'login with nothing filled in',
    visitor: 'anonymous',
    async open(page) {
      await page.goto('/login')
      await pressInMain(page, 'Log in')
    },
  },
  { name: 'register', visitor: 'anonymous', picture: true, open: (page) => page.goto('/register') },
  {
    name: 'register refused',
    visitor: 'anonymous',
    picture: true,
    async open(page) {
      await page.goto('/register')
      await fill(page, { 'E-mail': 'dora', Password: 'fox' })
      await press(page, 'Register')
    },
  },
  { name: 'your login, without one', visitor: 'anonymous', open: (page) => page.goto('/your-login') },
  { name: 'api', visitor: 'anonymous', picture: true, open: (page) => page.goto('/api') },
  { name: 'not found', visitor: 'anonymous', picture: true, open: (page) => page.goto('/nowhere') },

  { name: 'home, logged in', visitor: 'a user', open: (page) => page.goto('/') },
  { name: 'dashboard', visitor: 'a user', picture: true, open: (page) => page.goto('/dashboard') },
  { name: 'profile', visitor: 'a user', picture: true, open: (page) => page.goto('/profile') },
  {
    name: 'profile, name refused',
    visitor: 'a user',
    async open(page) {
      await page.goto('/profile')
      await fill(page, { Name: '' })
      await press(page, 'Save name')
    },
  },
  {
    name: 'profile, password refused',
    visitor: 'a user',
    async open(page) {
      await page.goto('/profile')
      await fill(page, { 'New password': 'fox', 'Repeat the password': 'hen' })
      await press(page, 'Change password')
    },
  },
  {
    name: 'profile, name saved',
    visitor: 'a user',
    async open(page) {
      await page.goto('/profile')
      await press(page, 'Save name')
    },
  },
  {
    name: 'profile, new API key',
    visitor: 'a user',
    async open(page) {
      await page.goto('/profile')
      await press(page, 'Create a new API key')
    },
  },
  { name: 'your login, just begun', visitor: 'a user', open: (page) => page.goto('/your-login') },
  { name: 'admin refused', visitor: 'a user', picture: true, open: (page) => page.goto('/admin') },
  {
    name: 'a form out of date',
    visitor: 'a user',
    async open(page) {
      await page.goto('/dashboard')
      await page
        .locator('input[name=csrf_token]')
        .first()
        .evaluate((field) => field.remove())
      await press(page, 'Log out')
    },
  },
  { name: 'api, logged in', visitor: 'a user', open: (page) => page.goto('/api') },

  { name: 'admin', visitor: 'an admin', picture: true, open: (page) => page.goto('/admin') },

  { name: 'profile, remembered', visitor: 'a remembered user', picture: true, open: (page) => page.goto('/profile') },
  {
    name: 'your login',
    visitor: 'a remembered user',
    picture: true,
    async open(page) {
      await page.goto('/admin')
      await fill(page, { Password: BOB.password })
      await press(page, 'Confirm your login')
      await page.goto('/your-login')
    },
  },
  { name: 'your login, remembered', visitor: 'a remembered user', open: (page) => page.goto('/your-login') },
  { name: 'reauthenticate', visitor: 'a remembered user', picture: true, open: (page) => page.goto('/admin') },
  {
    name: 'reauthenticate refused',
    visitor: 'a remembered user',
    async open(page) {
      await page.goto('/reauthenticate')
      await fill(page, { Password: 'not this one' })
      await press(page, 'Confirm your login')
    },
  },
]

/** Returns a function that opens a scene. Each kind of visitor logs in only once. */
export function createSceneOpener(world: World): (scene: Scene, options?: BrowserContextOptions) => Promise<Page> {
  type State = Awaited<ReturnType<ReturnType<Page['context']>['storageState']>>
  const states = new Map<Visitor, State>()

  async function loadState(visitor: Visitor): Promise<State> {
    const known = states.get(visitor)
    if (known !== undefined) return known
    let page = await world.visitor()
    if (visitor !== 'anonymous') {
      await logIn(page, visitor === 'a user' ? ALICE : BOB, { remember: visitor === 'a remembered user' })
      // The first page shows the flash message of the login.
      await page.goto('/dashboard')
    }
    if (visitor === 'a remembered user') page = await world.restart(page)
    const state = await page.context().storageState()
    states.set(visitor, state)
    return state
  }

  return async (scene, options) => {
    const page = await world.visitor({ ...options, storageState: await loadState(scene.visitor) })
    await scene.open(page)
    return page
  }
}

/** Presses a button of the form in `main`, not in the header. */
async function pressInMain(page: Page, button: string): Promise<void> {
  await page.locator('main').getByRole('button', { name: button, exact: true }).click()
}
