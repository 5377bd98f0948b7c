// Requests that never read the login, and changes after the response was sent.
import { Readable } from 'node:stream'
import { UsageError } from '@fetch-login/core'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { alice, auth, bob, createApp, createBrowser, logIn, manager, type Routes } from '../testing/app'
import { serve, TRANSPORTS } from '../testing/served'

expectQuietProcess()

describe.each(TRANSPORTS)('%s', (transport) => {
  describe('a request whose handler does not read the login', () => {
    const routes: Routes = (app) => {
      app.get('/text', () => 'text')
      app.get('/json', async () => ({ json: true }))
      app.get('/stream', (_request, reply) => reply.send(Readable.from(['a', 'b'])))
      app.get('/cookies', (_request, reply) =>
        reply.header('set-cookie', ['a=1', 'b=2']).header('vary', 'Origin').send('c'),
      )
      app.get('/response', (_request, reply) => {
        reply.header('vary', 'Origin')
        return new Response('r', { headers: { vary: 'Accept', 'set-cookie': 'a=1' } })
      })
      app.get('/redirect', (_request, reply) => reply.redirect('/text'))
      app.get('/empty', (_request, reply) => reply.code(204).send())
      app.get('/error', () => {
        throw new Error('thrown')
      })
      app.get('/hijack', (_request, reply) => void reply.hijack().raw.writeHead(201, { 'x-own': '1' }).end('raw'))
      app.post('/post', ({ body }) => ({ body }))
    }

    it('receives exactly the header lines of Fastify without the plugin', async () => {
      const bare = Fastify()
      await routes(bare)
      const [without, withIt] = [await serve(bare, transport), await serve(await createApp(routes), transport)]
      const browser = createBrowser(withIt)
      await browser.loginAs(alice, { remember: true })
      const cookie = browser.cookies
        .names()
        .map((name) => `${name}=${browser.cookies.get(name)}`)
        .join('; ')
      const paths = [
        'text',
        'json',
        'stream',
        'cookies',
        'response',
        'redirect',
        'empty',
        'error',
        'hijack',
        'none',
        '%zz',
      ]
      const gets = paths.flatMap((path) => [
        { path: `/${path}`, headers: { cookie } },
        { path: `/${path}`, method: 'HEAD', headers: {} },
      ])
      const posts = ['{"a":1}', '{broken'].map((body) => ({
        path: '/post',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      }))
      for (const { path, ...init } of [...gets, ...posts]) {
        const [a, b] = [await without.send(path, init), await withIt.send(path, init)]
        expect([path, b.status, b.lines, b.body]).toEqual([path, a.status, a.lines, a.body])
      }
    })

    it('receives Vary if the handler reads the login, and no-store if a user was found', async () => {
      const site = await serve(
        await createApp((app) =>
          app.get('/', async (request) => (await auth(request).currentUser())?.id ?? 'anonymous'),
        ),
        transport,
      )
      const anonymous = await site.send('/')
      expect([anonymous.body, anonymous.headers.get('vary'), anonymous.headers.get('cache-control')]).toEqual([
        'anonymous',
        'Cookie',
        null,
      ])
      const browser = createBrowser(site)
      await browser.loginAs(alice)
      const loggedIn = await browser.get('/')
      expect([await loggedIn.text(), loggedIn.headers.get('cache-control')]).toEqual(['alice', 'private, no-store'])
    })
  })

  describe('after the response was sent', () => {
    it('a login rejects and has no effect after reply.send(), in onResponse and after a hijack', async () => {
      const errors: unknown[] = []
      const logins: unknown[] = []
      const stopListening = manager.on('userLoggedIn', ({ user }) => void logins.push(user))
      const logInAndRecord = (request: Parameters<typeof auth>[0]): Promise<unknown> =>
        logIn(request).then(
          () => errors.push('logged in'),
          (error) => errors.push(error),
        )
      const site = await serve(
        await createApp((app) => {
          app.addHook('onResponse', (request) => logInAndRecord(request))
          app.get('/send', async (request, reply) => {
            reply.send('sent')
            await logInAndRecord(request)
            return reply
          })
          app.get('/hijack', async (request, reply) => {
            reply.hijack()
            reply.raw.writeHead(200)
            await logInAndRecord(request)
            reply.raw.end('raw')
          })
        }),
        transport,
      )
      for (const path of ['/send', '/hijack']) expect((await site.send(path)).cookies).toEqual([])
      await expect.poll(() => errors.length).toBe(4)
      for (const error of errors) {
        expect(error).toBeInstanceOf(UsageError)
        expect(error).toMatchObject({ code: 'response-sent' })
      }
      expect(logins).toEqual([])
      stopListening()
    })

    it('the Auth object can still be read', async () => {
      let user: unknown
      const site = await serve(
        await createApp((app) => {
          app.addHook('onResponse', async (request) => {
            user = await auth(request).currentUser()
          })
          app.get('/', () => 'text')
        }),
        transport,
      )
      const browser = createBrowser(site)
      await browser.loginAs(bob)
      await browser.get('/')
      await expect.poll(() => user).toEqual(bob)
    })
  })
})
