// Starts the built contract app for a test, and sends requests to it: over plain HTTP, from any loopback address, with
// unchanged headers.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { fileURLToPath } from 'node:url'

export interface RequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly from?: string
  readonly form?: Readonly<Record<string, string>>
}

export interface AppResponse {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** The chunks of the body in the order of arrival. */
  readonly pieces: readonly string[]
}

export class Started {
  readonly #app: ChildProcess
  readonly origin: string
  output = ''

  private constructor(app: ChildProcess, origin: string) {
    this.#app = app
    this.origin = origin
    app.stderr?.on('data', (text) => {
      this.output += text
    })
  }

  static async with(profile: object): Promise<Started> {
    const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
    if (!existsSync(here('.next/BUILD_ID'))) throw new Error('The contract app on Next.js is not built: pnpm build')
    const env = { ...process.env, PORT: '0', CONFORMANCE_PROFILE: JSON.stringify(profile) }
    const lifeline = new URL('../../next-example/e2e/lifeline.mjs', import.meta.url).href
    const app = spawn(process.execPath, ['--import', lifeline, here('server.mjs')], { env })
    return new Started(app, await waitForOrigin(app))
  }

  /** Sends SIGTERM, and returns the exit code. */
  async stop(): Promise<number | null> {
    const ended = once(this.#app, 'exit')
    this.#app.kill('SIGTERM')
    return (await ended)[0]
  }

  async ask(
    path: string,
    { method = 'GET', headers = {}, from = '127.0.0.1', form }: RequestOptions = {},
  ): Promise<AppResponse> {
    const { port } = new URL(this.origin)
    const type = form && { 'content-type': 'application/x-www-form-urlencoded' }
    const outgoing = request({ port, path, method, localAddress: from, agent: false, headers: { ...type, ...headers } })
    outgoing.end(form && new URLSearchParams(form).toString())
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    const pieces = await incoming.setEncoding('utf8').toArray()
    return { status: incoming.statusCode, headers: incoming.headers, body: pieces.join(''), pieces }
  }
}

async function waitForOrigin(app: ChildProcess): Promise<string> {
  let output = ''
  for await (const text of app.stdout ?? []) {
    output += text
    const origin = /^http:\S+$/m.exec(output)?.[0]
    if (origin !== undefined) return origin
  }
  throw new Error(`The contract app ended while it started: ${output}`)
}
