// The client for the apps of the documents keeps the parts of the request and of the response.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { createAppClient } from './docs/app-client'

const frameworks = createRequire(fileURLToPath(new URL('../apps/consumer/package.json', import.meta.url)))
const createRequest = (): Request =>
  new Request('https://app.test/a%20b?c=d', { method: 'POST', body: 'e=f', headers: { cookie: 'one=1; two=2' } })
const COOKIES = ['x=1; Path=/', 'y=2']

function createExpressApp(): unknown {
  const app = frameworks('express')()
  // biome-ignore lint/suspicious/noExplicitAny: the framework is loaded without its types
  app.post('/*rest', frameworks('express').text({ type: '*/*' }), (req: any, res: any) =>
    res.append('Set-Cookie', COOKIES).send([req.headers.host, req.url, req.headers.cookie, req.body].join(' ')),
  )
  return app
}

function createFastifyApp(): unknown {
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

const fetchApp = {
  fetch: async (request: Request) => {
    const { host, pathname, search } = new URL(request.url)
    const headers = COOKIES.map((cookie): [string, string] => ['set-cookie', cookie])
    const text = [host, pathname + search, request.headers.get('cookie'), await request.text()].join(' ')
    return new Response(text, { headers })
  },
}

it.each([
  ['Express', createExpressApp],
  ['Fastify', createFastifyApp],
  ['Fetch API', () => fetchApp],
])(
  'sends the host, path, cookies and form to an app of %s, and returns each Set-Cookie header',
  async (_name, create) => {
    const { send, close } = await createAppClient(create())
    onTestFinished(close)
    const response = await send(createRequest())
    expect(await response.text()).toBe('app.test /a%20b?c=d one=1; two=2 e=f')
    expect(response.headers.getSetCookie()).toEqual(COOKIES)
  },
)

it('throws an error if a document exports a value that is not an app', async () => {
  await expect(createAppClient({ listen: 1 })).rejects.toThrow('The document exports a value that is not an app')
})
