// Starts the built demo in its own process, like `pnpm demo`, and a foreign site on another port.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

export interface Site {
  readonly url: string
  stop(): Promise<void>
}

const SERVER = fileURLToPath(new URL('../dist/server.js', import.meta.url))

/** Starts the demo with an empty database on a free port; `nodeOptions` go to its Node. */
export async function startDemo(nodeOptions: readonly string[] = []): Promise<Site> {
  if (!existsSync(SERVER)) throw new Error('apps/demo/dist/server.js is not built: run `pnpm build` first.')
  const secret = 'a secret of the browser tests, with no value elsewhere'
  const child = spawn(process.execPath, [...nodeOptions, SERVER], {
    env: { ...process.env, PORT: '0', DATABASE: ':memory:', LOGIN_SECRET: secret },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        const address = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0]
        if (address !== undefined) resolve(address)
      })
    }
    ended.then(() => reject(new Error(`The demo ended before it listened: ${output}`)), reject)
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  return { url, stop }
}

/** Starts a site that responds to every request with this page. */
export async function startForeignSite(page: string): Promise<Site> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${port}`, stop }
}
