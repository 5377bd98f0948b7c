// One Auth object for each request and manager, whichever module opens it.
import { createLoginManager } from '@fetch-login/core'
import { expect, it } from 'vitest'
import { type Handler, hosts } from '../testing/hosts'
import { send, serve } from '../testing/served'
import { expressLogin } from './index'

const manager = createLoginManager<{ readonly id: string }>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
  session: { renew: 'everyRequest' },
  remember: { renew: 'everyRequest' },
})
const [one, two] = [expressLogin(manager), expressLogin(manager)]

it.each(hosts)(
  'two middlewares of one manager on $name keep a logout, and set each cookie once',
  async ({ create }) => {
    const logIn: Handler = async (req, res) => {
      await two.auth(req).loginUser({ id: 'alice' }, { remember: true, permanent: true })
      res.end('in')
    }
    const logOut: Handler = async (req, res) => {
      expect(one.auth(req)).toBe(two.auth(req))
      await two.auth(req).logoutUser()
      res.setHeader('set-cookie', 'theme=dark')
      res.end('out')
    }
    const entered = await send(await serve(create([one.loginMiddleware, two.loginMiddleware, logIn])))
    expect(entered.cookies).toHaveLength(2)
    const cookie = entered.cookies.map((line) => line.split(';')[0]).join('; ')
    const left = await send(await serve(create([one.loginMiddleware, two.loginMiddleware, logOut])), {
      headers: { cookie },
    })
    expect(left.cookies).toHaveLength(4)
    expect(left.cookies.filter((line) => line.includes('Max-Age=0'))).toHaveLength(2)
  },
)
