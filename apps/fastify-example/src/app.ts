// A complete app on Fastify: a home page, a login page, a secret page, and a page that requires a fresh login.
import { createLoginManager } from '@fetch-login/core'
import { fastifyLogin } from '@fetch-login/fastify'
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { homePage, loginPage, reauthenticatePage, secretPage, sudoPage } from './pages'
import { checkPassword, findUser } from './users'

/** The body of a form, if one was sent. */
interface Form {
  Body: { name?: string; password?: string; remember?: string } | undefined
}

export function createApp(secrets: string): FastifyInstance {
  const manager = createLoginManager({
    loadUser: findUser,
    secrets,
    loginView: '/login',
    refreshView: '/reauthenticate',
    // The example is served over http on 127.0.0.1. Remove this line in production.
    cookies: { secure: false },
  })
  const { loginPlugin, loginRequired, freshLoginRequired, auth } = fastifyLogin(manager)

  const app = fastify()
  app.register(loginPlugin)
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  )

  app.get('/', async (request, reply) =>
    html(reply, homePage(await auth(request).currentUser(), await auth(request).takeFlashes())),
  )

  app.get('/login', async (request, reply) => html(reply, loginPage(await auth(request).takeFlashes())))

  // A real app also limits the number of attempts.
  app.post<Form>('/login', async (request, reply) => {
    const { name, password, remember } = request.body ?? {}
    const user = await checkPassword(name, password)
    if (user && (await auth(request).loginUser(user, { remember: remember === 'yes' })))
      return reply.redirect(await auth(request).nextUrl('/secret'), 303)
    return html(reply.code(403), loginPage([], 'The name or the password is wrong.'))
  })

  app.post('/logout', async (request, reply) => {
    await auth(request).logoutUser()
    await auth(request).flash('You are logged out.')
    return reply.redirect('/', 303)
  })

  // Every route of this scope requires a login.
  app.register(async (members) => {
    members.addHook('onRequest', loginRequired())

    members.get('/secret', (request, reply) => html(reply, secretPage(auth(request).user)))

    members.get('/sudo', { onRequest: freshLoginRequired({ withinSeconds: 600 }) }, (request, reply) =>
      html(reply, sudoPage(auth(request).user)),
    )

    members.get('/reauthenticate', async (request, reply) =>
      html(reply, reauthenticatePage(auth(request).user, await auth(request).takeFlashes())),
    )

    members.post<Form>('/reauthenticate', async (request, reply) => {
      const { user } = auth(request)
      if ((await checkPassword(user.name, request.body?.password)) && (await auth(request).confirmLogin()))
        return reply.redirect(await auth(request).nextUrl('/sudo'), 303)
      return html(reply.code(403), reauthenticatePage(user, [], 'The password is wrong.'))
    })
  })

  return app
}

function html(reply: FastifyReply, page: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(page)
}
