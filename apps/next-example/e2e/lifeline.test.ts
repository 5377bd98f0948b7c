// A server that tests have started exits with them.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { spawnServer } from './site'

const LIFELINE = new URL('lifeline.mjs', import.meta.url).href
const KEEP_RUNNING = 'setInterval(() => {}, 1000)'

/** A script that starts a server as the tests do, prints its process ID, and keeps running. */
const RUNNER = `
const { spawn } = require('node:child_process')
const server = spawn(process.execPath, ['--import', ${JSON.stringify(LIFELINE)}, '-e', ${JSON.stringify(KEEP_RUNNING)}], {
  stdio: ['pipe', 'ignore', 'ignore'],
})
console.log(server.pid)
${KEEP_RUNNING}`

const started: ChildProcess[] = []
let orphan: number | null = null
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  if (orphan !== null && isAlive(orphan)) process.kill(orphan, 'SIGKILL')
  orphan = null
})

function isAlive(id: number): boolean {
  try {
    return process.kill(id, 0)
  } catch {
    return false
  }
}

describe('a server that tests have started', () => {
  it('exits with them, also if they are killed', async () => {
    const runner = spawn(process.execPath, ['-e', RUNNER], { stdio: ['ignore', 'pipe', 'inherit'] })
    started.push(runner)
    const [line] = (await once(runner.stdout, 'data')) as [Buffer]
    orphan = Number(line.toString())
    // The server does not exit by itself.
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(isAlive(orphan)).toBe(true)
    runner.kill('SIGKILL')
    await expect.poll(() => isAlive(orphan ?? 0), { timeout: 5000 }).toBe(false)
  })

  it('exits when its standard input closes', async () => {
    const child = spawnServer('trials')
    started.push(child)
    const ended = once(child, 'exit')
    child.stdin.end()
    expect(await ended).toEqual([0, null])
  })
})
