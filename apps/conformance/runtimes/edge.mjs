#!/usr/bin/env node
// A proxy before a Worker, as the edge is: node edge.mjs WORKERD FOLDER. It listens on PORT, sets the address of the peer
// in a header that clients cannot set, and passes on everything else without changes.
import { once } from 'node:events'
import http from 'node:http'
import { startWorkerd } from './workerd.mjs'

const [, , workerd, folder] = process.argv
const ADDRESS = 'cf-connecting-ip'

const HOSTNAME = '127.0.0.1'

const server = http.createServer().listen(Number(process.env.PORT), HOSTNAME)
await once(server, 'listening')
const host = `${HOSTNAME}:${server.address().port}`
const { child, port: started } = startWorkerd(workerd, 'worker.capnp', { cwd: folder, env: createEnvironment(host) })
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal))
child.once('exit', (code) => process.exit(code ?? 0))
const port = await started
server.on('request', (request, response) => forward(port, request, response))
console.log(`http://${host}`)

/** Fills in `{origin}` and `{host}` of the profile, because the runner does not know the port with PORT=0. */
function createEnvironment(host) {
  const { CONFORMANCE_PROFILE = '{}', ...environment } = process.env
  const profile = CONFORMANCE_PROFILE.replaceAll('{origin}', `http://${host}`).replaceAll('{host}', host)
  return { ...environment, CONFORMANCE_PROFILE: profile }
}

function forward(port, request, response) {
  const { method, url: path, rawHeaders, socket } = request
  const headers = [...removeHeader(rawHeaders, ADDRESS), ADDRESS, socket.remoteAddress]
  const outgoing = http.request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (incoming) => {
    response.writeHead(incoming.statusCode, incoming.rawHeaders)
    incoming.pipe(response)
  })
  outgoing.on('error', () => response.destroy())
  request.pipe(outgoing)
}

function removeHeader(pairs, name) {
  return pairs.filter((_, index) => pairs[index - (index % 2)].toLowerCase() !== name)
}
