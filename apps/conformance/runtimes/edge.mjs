#!/usr/bin/env node
// Stands before a Worker as the edge does: node edge.mjs WORKERD FOLDER. It takes the requests on PORT, tells the Worker
// the address of the peer in a header that no client can set, and hands on everything else as it came.
import { once } from 'node:events'
import http from 'node:http'
import { startWorkerd } from './workerd.mjs'

const [, , workerd, folder] = process.argv
const ADDRESS = 'cf-connecting-ip'

const HOSTNAME = '127.0.0.1'

const server = http.createServer().listen(Number(process.env.PORT), HOSTNAME)
await once(server, 'listening')
const host = `${HOSTNAME}:${server.address().port}`
const { child, port: started } = startWorkerd(workerd, 'worker.capnp', { cwd: folder, env: environmentAt(host) })
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal))
child.once('exit', (code) => process.exit(code ?? 0))
const port = await started
server.on('request', (request, response) => handOn(port, request, response))
console.log(`http://${host}`)

/** With PORT=0 the runner leaves `{origin}` and `{host}` of the profile to what knows the port. */
function environmentAt(host) {
  const { CONFORMANCE_PROFILE = '{}', ...environment } = process.env
  const profile = CONFORMANCE_PROFILE.replaceAll('{origin}', `http://${host}`).replaceAll('{host}', host)
  return { ...environment, CONFORMANCE_PROFILE: profile }
}

function handOn(port, request, response) {
  const { method, url: path, rawHeaders, socket } = request
  const headers = [...without(rawHeaders, ADDRESS), ADDRESS, socket.remoteAddress]
  const onward = http.request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode, answer.rawHeaders)
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  request.pipe(onward)
}

function without(pairs, name) {
  return pairs.filter((_, index) => pairs[index - (index % 2)].toLowerCase() !== name)
}
