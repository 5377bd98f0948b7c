// Starts `next start` without another server before it, for the proofs in framework/. The route `/asked` responds with the
// URL that a route handler receives.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

export async function start() {
  const next = createRequire(import.meta.url).resolve('next/dist/bin/next')
  const lifeline = new URL('../../next-example/e2e/lifeline.mjs', import.meta.url).href
  const app = spawn(process.execPath, ['--import', lifeline, next, 'start', '--port', '0', '--hostname', '127.0.0.1'], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const stop = async () => {
    const ended = once(app, 'exit')
    app.kill('SIGTERM')
    await ended
  }
  return { port: await waitForPort(app), stop }
}

/** @param {import('node:child_process').ChildProcess} app */
async function waitForPort(app) {
  let output = ''
  for await (const text of app.stdout ?? []) {
    output += text
    const port = /http:\/\/[\w.]+:(\d+)\s[\s\S]*Ready/.exec(output)?.[1]
    if (port !== undefined) return Number(port)
  }
  throw new Error(`Next.js ended while it started: ${output}`)
}
