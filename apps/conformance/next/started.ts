// The contract app as it is built, started for a test, and what a test says to it: over plain HTTP, from any address of
// this machine, with headers as they are.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { fileURLToPath } from 'node:url'

export interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly from?: string
  readonly form?: Readonly<Record<string, string>>
}

export interface Answered {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** The body, piece by piece as it came. */
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
    return new Started(app, await addressOf(app))
  }

  /** The code it ends with when it is told to end. */
  async stop(): Promise<number | null> {
    const ended = once(this.#app, 'exit')
    this.#app.kill('SIGTERM')
    return (await ended)[0]
  }

  async ask(path: string, { method = 'GET', headers = {}, from = '127.0.0.1', form }: Asking = {}): Promise<Answered> {
    const { port } = new URL(this.origin)
    const type = form && { 'content-type': 'application/x-www-form-urlencoded' }
    const asked = request({ port, path, method, localAddress: from, agent: false, headers: { ...type, ...headers } })
    asked.end(form && new URLSearchParams(form).toString())
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    const pieces = await answer.setEncoding('utf8').toArray()
    return { status: answer.statusCode, headers: answer.headers, body: pieces.join(''), pieces }
  }
}

async function addressOf(app: ChildProcess): Promise<string> {
  let output = ''
  for await (const text of app.stdout ?? []) {
    output += text
    const origin = /^http:\S+$/m.exec(output)?.[0]
    if (origin !== undefined) return origin
  }
  throw new Error(`The contract app ended while it started: ${output}`)
}
