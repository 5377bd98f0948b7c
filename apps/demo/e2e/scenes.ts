// The scenes that the browser tests open: every page of the demo, with and without errors.
import type { BrowserContextOptions, Page } from 'playwright-core'
import { ALICE, BOB, fill, logIn, press } from './visitor'
import type { World } from './world'

type Who = 'anonymous' | 'a user' | 'an admin' | 'a remembered user'

export interface Scene {
  readonly name: string
  readonly who: Who
  /** The scene is one of the screenshots. */
  readonly picture?: true
  open(page: Page): Promise<unknown>
}

export const SCENES: readonly Scene[] = [
  { name: 'home', who: 'anonymous', picture: true, open: (page) => page.goto('/') },
  { name: 'login', who: 'anonymous', picture: true, open: (page) => page.goto('/login') },
  {
    name: 'login, sent there from another page',
    who: 'anonymous',
    open: (page) => page.goto('/dashboard'),
  },
  {
    name: 'login refused',
    who: 'anonymous',
    picture: true,
    async open(page) {
      await page.goto('/login')
      await fill(page, { 'E-mail': ALICE.email, Password: 'not this one' })
      await pressInMain(page, 'Log in')
    },
  },
  {
    name: 'login with nothing filled in',
    who: 'anonymous',
    async open(page) {
      await page.goto('/login')
      await pressInMain(page, 'Log in')
    },
  },
  { name: 'register', who: 'anonymous', picture: true, open: (page) => page.goto('/register') },
  {
    name: 'register refused',
    who: 'anonymous',
    picture: true,
    async open(page) {
      await page.goto('/register')
      await fill(page, { 'E-mail': 'dora', Password: 'fox' })
      await press(page, 'Register')
    },
  },
  { name: 'your login, without one', who: 'anonymous', open: (page) => page.goto('/your-login') },
  { name: 'api', who: 'anonymous', picture: true, open: (page) => page.goto('/api') },
  { name: 'not found', who: 'anonymous', picture: true, open: (page) => page.goto('/nowhere') },

  { name: 'home, logged in', who: 'a user', open: (page) => page.goto('/') },
  { name: 'dashboard', who: 'a user', picture: true, open: (page) => page.goto('/dashboard') },
  { name: 'profile', who: 'a user', picture: true, open: (page) => page.goto('/profile') },
  {
    name: 'profile, name refused',
    who: 'a user',
    async open(page) {
      await page.goto('/profile')
      await fill(page, { Name: '' })
      await press(page, 'Save name')
    },
  },
  {
    name: 'profile, password refused',
    who: 'a user',
    async open(page) {
      await page.goto('/profile')
      await fill(page, { 'New password': 'fox', 'Repeat the password': 'hen' })
      await press(page, 'Change password')
    },
  },
  {
    name: 'profile, name saved',
    who: 'a user',
    async open(page) {
      await page.goto('/profile')
      await press(page, 'Save name')
    },
  },
  {
    name: 'profile, new API key',
    who: 'a user',
    async open(page) {
      await page.goto('/profile')
      await press(page, 'Create a new API key')
    },
  },
  { name: 'your login, just begun', who: 'a user', open: (page) => page.goto('/your-login') },
  { name: 'admin refused', who: 'a user', picture: true, open: (page) => page.goto('/admin') },
  {
    name: 'a form out of date',
    who: 'a user',
    async open(page) {
      await page.goto('/dashboard')
      await page
        .locator('input[name=csrf_token]')
        .first()
        .evaluate((field) => field.remove())
      await press(page, 'Log out')
    },
  },
  { name: 'api, logged in', who: 'a user', open: (page) => page.goto('/api') },

  { name: 'admin', who: 'an admin', picture: true, open: (page) => page.goto('/admin') },

  { name: 'profile, remembered', who: 'a remembered user', picture: true, open: (page) => page.goto('/profile') },
  {
    name: 'your login',
    who: 'a remembered user',
    picture: true,
    async open(page) {
      await page.goto('/admin')
      await fill(page, { Password: BOB.password })
      await press(page, 'Confirm your login')
      await page.goto('/your-login')
    },
  },
  { name: 'your login, remembered', who: 'a remembered user', open: (page) => page.goto('/your-login') },
  { name: 'reauthenticate', who: 'a remembered user', picture: true, open: (page) => page.goto('/admin') },
  {
    name: 'reauthenticate refused',
    who: 'a remembered user',
    async open(page) {
      await page.goto('/reauthenticate')
      await fill(page, { Password: 'not this one' })
      await press(page, 'Confirm your login')
    },
  },
]

/** Returns a function that opens a scene. Each kind of visitor logs in only once. */
export function opener(world: World): (scene: Scene, options?: BrowserContextOptions) => Promise<Page> {
  type State = Awaited<ReturnType<ReturnType<Page['context']>['storageState']>>
  const states = new Map<Who, State>()

  async function stateOf(who: Who): Promise<State> {
    const known = states.get(who)
    if (known !== undefined) return known
    let page = await world.visitor()
    if (who !== 'anonymous') {
      await logIn(page, who === 'a user' ? ALICE : BOB, { remember: who === 'a remembered user' })
      // The first page shows the flash message of the login.
      await page.goto('/dashboard')
    }
    if (who === 'a remembered user') page = await world.restarted(page)
    const state = await page.context().storageState()
    states.set(who, state)
    return state
  }

  return async (scene, options) => {
    const page = await world.visitor({ ...options, storageState: await stateOf(scene.who) })
    await scene.open(page)
    return page
  }
}

/** Presses a button of the form in `main`, not in the header. */
async function pressInMain(page: Page, button: string): Promise<void> {
  await page.locator('main').getByRole('button', { name: button, exact: true }).click()
}
