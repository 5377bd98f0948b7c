// Starts the contract app: node apps/conformance/next/server.mjs (after the build; PORT and CONFORMANCE_PROFILE as in
// the contract). Next.js trusts the header `x-forwarded-for` of any client. So this server removes the forwarding headers
// of the client, and sets the peer address itself.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'

process.env.NODE_ENV = 'production'
process.env.NEXT_TELEMETRY_DISABLED = '1'

/** As in login.ts. */
const PEER = 'x-contract-peer'

const server = createServer(async (request, response) => {
  for (const name of Object.keys(request.headers)) if (isForwarding(name)) delete request.headers[name]
  request.headers[PEER] = request.socket.remoteAddress
  const handler = await preparing
  await handler(request, response)
})
server.listen(Number(process.env.PORT ?? 8787), '127.0.0.1')
const preparing = once(server, 'listening').then(() => {
  const { port } = server.address()
  process.env.CONFORMANCE_PROFILE = fillOrigin(`127.0.0.1:${port}`)
  return prepareNext(port)
})
await preparing
console.log(`http://127.0.0.1:${server.address().port}`)

process.once('SIGTERM', () => server.close(() => process.exit(0)))

/** With PORT=0 the runner leaves `{origin}` and `{host}` of the profile to the app. */
function fillOrigin(host) {
  const { CONFORMANCE_PROFILE = '{}' } = process.env
  return CONFORMANCE_PROFILE.replaceAll('{origin}', `http://${host}`).replaceAll('{host}', host)
}

/** @param {string} name */
function isForwarding(name) {
  return name === 'forwarded' || name.startsWith('x-forwarded-')
}

/** @param {number} port the port that Next.js uses in URLs */
async function prepareNext(port) {
  const { default: next } = await import('next')
  const app = next({ dev: false, dir: fileURLToPath(new URL('.', import.meta.url)), hostname: '127.0.0.1', port })
  await app.prepare()
  return app.getRequestHandler()
}
