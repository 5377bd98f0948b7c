// A built app of Next.js as a process of its own, as `next start` runs it.
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
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
const LIFELINE = new URL('lifeline.mjs', import.meta.url).href

/** Starts the example (`..`) or the trials (`trials`) on a free port. */
export async function startSite(folder: string): Promise<Site> {
  const child = spawnServer(folder)
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

/** The server alone. It lives as long as nobody closes its standard input. */
export function spawnServer(folder: string): ChildProcessWithoutNullStreams {
  const path = fileURLToPath(new URL(folder, import.meta.url))
  if (!existsSync(`${path}/.next/BUILD_ID`)) throw new Error(`${path} is not built: run \`pnpm build\` first.`)
  const next = [NEXT, 'start', path, '--hostname', '127.0.0.1', '--port', '0']
  return spawn(process.execPath, ['--import', LIFELINE, ...next], {
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  })
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
