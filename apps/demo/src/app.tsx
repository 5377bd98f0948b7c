// The example app: the middleware of every request, and the routes. The options of the login are in login.ts.
import type { LoginManager } from '@fetch-login/core'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { apiRoutes } from './api/api'
import { createDemo, type DemoOptions } from './demo'
import { adminRoutes } from './pages/admin'
import { dashboardRoutes } from './pages/dashboard'
import { homeRoutes } from './pages/home'
import { loginRoutes } from './pages/login'
import { profileRoutes } from './pages/profile'
import { reauthenticateRoutes } from './pages/reauthenticate'
import { registerRoutes } from './pages/register'
import { yourLoginRoutes } from './pages/your-login'
import { assets } from './site/assets'
import { headers } from './site/headers'
import type { User } from './users/user'

const ROUTES = [
  homeRoutes,
  loginRoutes,
  registerRoutes,
  dashboardRoutes,
  profileRoutes,
  reauthenticateRoutes,
  adminRoutes,
  yourLoginRoutes,
  apiRoutes,
]

export function createApp(options: DemoOptions): { app: Hono; manager: LoginManager<User> } {
  const demo = createDemo(options)
  const { auth, history, loginMiddleware, manager, problem } = demo

  const app = new Hono()
  app.use(headers)
  app.route('/', assets)
  app.use(bodyLimit({ maxSize: 16 * 1024 }))
  app.use(loginMiddleware)
  app.use(async (c, next) => {
    const request = c.req.raw
    await next()
    if (history.has(request)) history.keep(await auth(c).currentLogin(), request)
  })
  for (const createRoutes of ROUTES) app.route('/', createRoutes(demo))

  app.notFound((c) =>
    problem(c, 404, 'Page not found', 'The address is wrong, or it belongs to a form and not to a page.'),
  )
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse()
    console.error(error)
    return c.text('500 Internal Server Error\n\nThe server could not process the request.\n', 500)
  })
  return { app, manager }
}
