// A built app of Next.js as a process of its own, as `next start` runs it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

export interface Site {
  readonly url: string
  /** All that the server has printed. */
  log(): string
  stop(): Promise<void>
}

const NEXT = createRequire(import.meta.url).resolve('next/dist/bin/next')

/** Starts the example (`..`) or the trials (`trials`) on a free port. */
export async function startSite(folder: string): Promise<Site> {
  const path = fileURLToPath(new URL(folder, import.meta.url))
  if (!existsSync(`${path}/.next/BUILD_ID`)) throw new Error(`${path} is not built: run \`pnpm build\` first.`)
  const child = spawn(process.execPath, [NEXT, 'start', path, '--hostname', '127.0.0.1', '--port', '0'], {
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  const url = await addressOf(child, () => said)
  const stop = async (): Promise<void> => {
    const ended = once(child, 'close')
    child.kill('SIGKILL')
    await ended
  }
  return { url, log: () => said, stop }
}

async function addressOf(child: ChildProcess, said: () => string): Promise<string> {
  for (let tries = 0; tries < 600; tries++) {
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said())?.[0]
    if (address !== undefined && said().includes('Ready')) return address
    if (child.exitCode !== null) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  child.kill('SIGKILL')
  throw new Error(`Next.js did not start: ${said()}`)
}
