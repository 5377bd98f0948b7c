// A complete app on Express: a home page, a login page, a secret page, and a page that requires a fresh login.
import { createLoginManager } from '@fetch-login/core'
import { expressLogin } from '@fetch-login/express'
import express, { type Express } from 'express'
import { homePage, loginPage, reauthenticatePage, secretPage, sudoPage } from './pages'
import { checkPassword, findUser } from './users'

export function createApp(secrets: string): Express {
  const manager = createLoginManager({
    loadUser: findUser,
    secrets,
    loginView: '/login',
    refreshView: '/reauthenticate',
    // The example is served over http on 127.0.0.1. Remove this line in production.
    cookies: { secure: false },
  })
  const { loginMiddleware, loginRequired, freshLoginRequired, auth } = expressLogin(manager)

  const app = express()
  app.use(loginMiddleware)
  app.use(express.urlencoded({ extended: false }))

  app.get('/', async (req, res) => {
    res.send(homePage(await auth(req).currentUser(), await auth(req).takeFlashes()))
  })

  app.get('/login', async (req, res) => {
    res.send(loginPage(await auth(req).takeFlashes()))
  })

  // A real app also limits the number of attempts.
  app.post('/login', async (req, res) => {
    const { name, password, remember } = req.body ?? {}
    const user = await checkPassword(name, password)
    if (user && (await auth(req).loginUser(user, { remember: remember === 'yes' }))) {
      res.redirect(303, await auth(req).nextUrl('/secret'))
    } else {
      res.status(403).send(loginPage([], 'The name or the password is wrong.'))
    }
  })

  app.get('/secret', loginRequired(), (req, res) => {
    res.send(secretPage(auth(req).user))
  })

  app.get('/sudo', freshLoginRequired({ withinSeconds: 600 }), (req, res) => {
    res.send(sudoPage(auth(req).user))
  })

  app.get('/reauthenticate', loginRequired(), async (req, res) => {
    res.send(reauthenticatePage(auth(req).user, await auth(req).takeFlashes()))
  })

  app.post('/reauthenticate', loginRequired(), async (req, res) => {
    const { user } = auth(req)
    if ((await checkPassword(user.name, req.body?.password)) && (await auth(req).confirmLogin())) {
      res.redirect(303, await auth(req).nextUrl('/sudo'))
    } else {
      res.status(403).send(reauthenticatePage(user, [], 'The password is wrong.'))
    }
  })

  app.post('/logout', async (req, res) => {
    await auth(req).logoutUser()
    await auth(req).flash('You are logged out.')
    res.redirect(303, '/')
  })

  return app
}
