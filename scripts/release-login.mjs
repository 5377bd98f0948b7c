// Starts the compiled example of one package on 127.0.0.1, port 0, and logs in and out over HTTP. release-dry.mjs copies this
// file into the project that installed the tarballs, so that every import is resolved there.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'

const { app } = await import(`./${process.argv[2]}/dist/app.js`)
const server = typeof app.inject === 'function' ? app.server : createServer(createListener(app))
await listen()
const origin = `http://127.0.0.1:${server.address().port}`
const cookies = new Map()

await logInAndOut().finally(close)

async function logInAndOut() {
  assert.match(
    (await send('/dashboard')).headers.get('location'),
    /^\/login\?next=/,
    'an anonymous request is redirected',
  )
  assert.equal((await send('/login', { password: 'wrong' })).status, 403, 'a wrong password is refused')
  assert.equal((await send('/dashboard')).status, 302, 'a refused login is not a login')
  const login = await send('/login', { password: 'right' })
  assert.equal(login.headers.get('location'), '/dashboard', 'a login is redirected')
  assert.equal(await (await send('/dashboard')).text(), 'Hello Alice', 'the guarded page shows the user')
  await send('/logout', {})
  assert.match((await send('/dashboard')).headers.get('location'), /^\/login\?next=/, 'a logout ends the login')
}

function createListener(app) {
  return typeof app.fetch === 'function' ? getRequestListener(app.fetch) : app
}

async function listen() {
  if (typeof app.inject === 'function') return app.listen({ host: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
}

async function send(path, form) {
  const headers = { accept: 'text/html', cookie: [...cookies].map((pair) => pair.join('=')).join('; ') }
  const body = form && new URLSearchParams(form)
  const response = await fetch(origin + path, { method: body ? 'POST' : 'GET', headers, body, redirect: 'manual' })
  for (const line of response.headers.getSetCookie()) storeCookie(line)
  return response
}

/** Stores a cookie, or deletes it if its `Max-Age` is 0. */
function storeCookie(line) {
  const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
  if (/; *max-age=0\b/i.test(line)) cookies.delete(name)
  else cookies.set(name, value)
}

async function close() {
  server.closeAllConnections()
  if (typeof app.inject === 'function') await app.close()
  else await new Promise((resolve) => server.close(resolve))
}
