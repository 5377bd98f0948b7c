// Starts a built Next.js app in a separate process, as `next start` does.
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

export interface Site {
  readonly url: string
  /** Returns the output of the server. */
  log(): string
  stop(): Promise<void>
}

const NEXT = createRequire(import.meta.url).resolve('next/dist/bin/next')
const LIFELINE = new URL('lifeline.mjs', import.meta.url).href

/** Starts the example (`..`) or the trials (`trials`) on a free port. */
export async function startSite(folder: string): Promise<Site> {
  const child = spawnServer(folder)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const url = await waitForUrl(child, () => output)
  const stop = async (): Promise<void> => {
    const ended = once(child, 'close')
    child.kill('SIGKILL')
    await ended
  }
  return { url, log: () => output, stop }
}

/** Starts the server, which runs until its standard input closes. */
export function spawnServer(folder: string): ChildProcessWithoutNullStreams {
  const path = fileURLToPath(new URL(folder, import.meta.url))
  if (!existsSync(`${path}/.next/BUILD_ID`)) throw new Error(`${path} is not built. Run \`pnpm build\` first.`)
  const next = [NEXT, 'start', path, '--hostname', '127.0.0.1', '--port', '0']
  return spawn(process.execPath, ['--import', LIFELINE, ...next], {
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  })
}

async function waitForUrl(child: ChildProcess, output: () => string): Promise<string> {
  for (let tries = 0; tries < 600; tries++) {
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(output())?.[0]
    if (address !== undefined && output().includes('Ready')) return address
    if (child.exitCode !== null) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  child.kill('SIGKILL')
  throw new Error(`Next.js did not start: ${output()}`)
}
