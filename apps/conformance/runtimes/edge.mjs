#!/usr/bin/env node
// Stands before a Worker as the edge does: node edge.mjs WORKERD FOLDER. It takes the requests on PORT, tells the Worker
// the address of the peer in a header that no client can set, and hands on everything else as it came.
import http from 'node:http'
import { startWorkerd } from './workerd.mjs'

const [, , workerd, folder] = process.argv
const ADDRESS = 'cf-connecting-ip'

const { child, port: started } = startWorkerd(workerd, 'worker.capnp', { cwd: folder })
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal))
child.once('exit', (code) => process.exit(code ?? 0))
listen(await started)

function listen(port) {
  http
    .createServer((request, response) => handOn(port, request, response))
    .listen(Number(process.env.PORT), '127.0.0.1')
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
