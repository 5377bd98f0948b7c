// The way in which printed apps are asked keeps what the browser said and what the app answered.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { askOf } from './docs/ask'

const frameworks = createRequire(fileURLToPath(new URL('../apps/consumer/package.json', import.meta.url)))
const question = (): Request =>
  new Request('https://app.test/a%20b?c=d', { method: 'POST', body: 'e=f', headers: { cookie: 'one=1; two=2' } })
const COOKIES = ['x=1; Path=/', 'y=2']

function express(): unknown {
  const app = frameworks('express')()
  // biome-ignore lint/suspicious/noExplicitAny: the framework is loaded without its types
  app.post('/*rest', frameworks('express').text({ type: '*/*' }), (req: any, res: any) =>
    res.append('Set-Cookie', COOKIES).send([req.headers.host, req.url, req.headers.cookie, req.body].join(' ')),
  )
  return app
}

function fastify(): unknown {
  const app = frameworks('fastify')()
  app.addContentTypeParser(
    '*',
    { parseAs: 'string' },
    (_request: unknown, text: string, done: (e: null, t: string) => void) => done(null, text),
  )
  // biome-ignore lint/suspicious/noExplicitAny: the framework is loaded without its types
  app.post('/*', (request: any, reply: any) =>
    reply
      .header('set-cookie', COOKIES)
      .send([request.host, request.url, request.headers.cookie, request.body].join(' ')),
  )
  return app
}

const inFetch = {
  fetch: async (request: Request) => {
    const { host, pathname, search } = new URL(request.url)
    const headers = COOKIES.map((cookie): [string, string] => ['set-cookie', cookie])
    const text = [host, pathname + search, request.headers.get('cookie'), await request.text()].join(' ')
    return new Response(text, { headers })
  },
}

it.each([
  ['Express', express],
  ['Fastify', fastify],
  ['Fetch API', () => inFetch],
])('brings host, path, cookies and form to an app on %s, and each cookie back', async (_name, create) => {
  const { ask, close } = await askOf(create())
  onTestFinished(close)
  const answer = await ask(question())
  expect(await answer.text()).toBe('app.test /a%20b?c=d one=1; two=2 e=f')
  expect(answer.headers.getSetCookie()).toEqual(COOKIES)
})

it('says so where a document exports something else', async () => {
  await expect(askOf({ listen: 1 })).rejects.toThrow('no app that can be asked')
})
