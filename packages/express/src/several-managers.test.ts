// Two managers in one app.
import { createLoginManager } from '@fetch-login/core'
import { describe, expect, it } from 'vitest'
import {
  alice,
  auth,
  bob,
  createBrowser,
  createRoute,
  loginMiddleware,
  loginRequired,
  options,
  type User,
} from '../testing/app'
import { type Handler, hosts } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { serve } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

describe.each(hosts)('$name', ({ create }) => {
  describe('two managers', () => {
    const staff = expressLogin(
      createLoginManager({
        ...options,
        loginView: '/staff/login',
        session: { cookie: { name: '__Host-staff' } },
        remember: { cookie: { name: '__Host-staff_remember' } },
      }),
      { property: 'staff' },
    )
    const createLoginHandler = (login: typeof staff, user: User): Handler => {
      return async (req, res) => res.end(String(await login.auth(req).loginUser(user)))
    }
    const showBoth: Handler = (req, res) => res.end(`${auth(req).user.id} and ${staff.auth(req).user.id}`)
    const stack = [
      loginMiddleware,
      staff.loginMiddleware,
      createRoute('/in', createLoginHandler({ ...staff, auth }, alice)),
      createRoute('/staff/in', createLoginHandler(staff, bob)),
      createRoute('/out', async (req, res) => {
        await auth(req).logoutUser()
        res.end()
      }),
      createRoute('/staff', staff.loginRequired(), (req, res) => res.end(staff.auth(req).user.id)),
      createRoute('/both', loginRequired(), staff.loginRequired(), showBoth),
    ]

    it('have separate users, log out separately, and set Vary once', async () => {
      const browser = createBrowser(await serve(create(stack)))
      await browser.get('/in')
      expect((await browser.get('/both')).headers.get('location')).toBe('/staff/login?next=%2Fboth')
      await browser.get('/staff/in')
      const response = await browser.get('/both')
      expect(await response.text()).toBe('alice and bob')
      expect([response.headers.get('vary'), response.headers.get('cache-control')]).toEqual([
        'Cookie',
        'private, no-store',
      ])
      await browser.get('/out')
      expect(browser.cookies.names()).toEqual(['__Host-staff', '__Host-session_ended'])
      expect((await browser.get('/both')).headers.get('location')).toBe('/login?next=%2Fboth')
      expect(await (await browser.get('/staff')).text()).toBe('bob')
    })

    it('do not accept the cookie of each other', async () => {
      const browser = createBrowser(await serve(create(stack)))
      await browser.get('/in')
      browser.cookies.set('__Host-staff', browser.cookies.get('__Host-session') ?? '')
      expect((await browser.get('/staff')).status).toBe(302)
    })
  })
})
