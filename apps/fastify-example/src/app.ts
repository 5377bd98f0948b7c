// Fetch-Login on Fastify, all of it: four pages, one of them secret, one for those who proved just now who they are.
import { createLoginManager } from '@fetch-login/core'
import { fastifyLogin } from '@fetch-login/fastify'
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { homePage, loginPage, reauthenticatePage, secretPage, sudoPage } from './pages'
import { checkPassword, findUser } from './users'

/** A form, where one was sent. */
interface Form {
  Body: { name?: string; password?: string; remember?: string } | undefined
}

export function createApp(secrets: string): FastifyInstance {
  const manager = createLoginManager({
    loadUser: findUser,
    secrets,
    loginView: '/login',
    refreshView: '/reauthenticate',
    // http on this machine alone: on the web leave this out.
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

  // A real app also limits how often somebody may try.
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

  // All of this scope is for who is logged in.
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
