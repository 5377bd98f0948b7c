// Tests the built server in its own process, like `pnpm demo`.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { ALICE } from './users/seeds'

const SERVER = fileURLToPath(new URL('../dist/server.js', import.meta.url))
const SECRET = 'a secret of the tests, with no value elsewhere'

// A busy machine starts Node slowly.
vi.setConfig({ testTimeout: 60_000 })

const running = new Set<ChildProcess>()

beforeAll(() => {
  if (!existsSync(SERVER)) throw new Error('apps/demo/dist/server.js is not built: run `pnpm build` first.')
})

afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
})

interface Server {
  readonly child: ChildProcess
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Returns the output of the process so far. */
  readOutput(): string
}

function start(env: Record<string, string>): Server {
  const { LOGIN_SECRET, PORT, DATABASE, ...inherited } = process.env
  const child = spawn(process.execPath, [SERVER], {
    env: { ...inherited, DATABASE: ':memory:', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ended: Server['ended'] = new Promise((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  )
  return { child, ended, readOutput: () => output }
}

/** Returns the address that the server printed. */
async function waitForAddress({ ended, readOutput }: Server): Promise<string> {
  let over = false
  void ended.then(() => {
    over = true
  })
  for (;;) {
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(readOutput())?.[0]
    if (address !== undefined) return address
    if (over) throw new Error(`The server ended before it listened: ${readOutput()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

it.each(['SIGTERM', 'SIGINT'] as const)('the server serves pages over HTTP and ends at once on %s', async (signal) => {
  const server = start({ PORT: '0' })
  const address = await waitForAddress(server)
  expect(server.readOutput()).toContain('LOGIN_SECRET is not set')
  expect(server.readOutput()).toContain('not Secure')

  const home = await fetch(address)
  expect(home.status).toBe(200)
  expect(await home.text()).toContain('A login that you can inspect')
  const refused = await fetch(`${address}/admin`, { redirect: 'manual', headers: { accept: 'text/html' } })
  expect(refused.headers.get('location')).toBe('/login?next=%2Fadmin')
  expect((await fetch(`${address}/style.css`)).status).toBe(200)

  const stoppedAt = performance.now()
  server.child.kill(signal)
  expect(await server.ended).toEqual({ code: 0, signal: null })
  // Waiting for the kept-alive connection to end would take longer.
  expect(performance.now() - stoppedAt).toBeLessThan(4000)
})

it('logins survive a restart of the server if LOGIN_SECRET is set', async () => {
  const first = start({ PORT: '0', LOGIN_SECRET: SECRET })
  const cookie = await logIn(await waitForAddress(first))
  expect(first.readOutput()).not.toContain('LOGIN_SECRET')
  first.child.kill()
  await first.ended

  const second = await waitForAddress(start({ PORT: '0', LOGIN_SECRET: SECRET }))
  expect((await fetch(`${second}/dashboard`, { headers: { cookie } })).status).toBe(200)
})

async function logIn(address: string): Promise<string> {
  return getCookies(await post(address, ALICE.password))
}

async function post(address: string, password: string): Promise<Response> {
  const page = await fetch(`${address}/login`)
  const token = /name="csrf_token" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
  const body = new URLSearchParams({ csrf_token: token, email: ALICE.email, password })
  return fetch(`${address}/login`, { method: 'POST', redirect: 'manual', body, headers: { cookie: getCookies(page) } })
}

function getCookies(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
}

it('users survive a restart of the server in the file DATABASE', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'demo-'))
  const env = { PORT: '0', LOGIN_SECRET: SECRET, DATABASE: join(folder, 'demo.sqlite') }
  const first = start(env)
  const cookie = await logIn(await waitForAddress(first))
  first.child.kill()
  await first.ended
  const second = start(env)
  const page = await fetch(`${await waitForAddress(second)}/dashboard`, { headers: { cookie } })
  expect(await page.text()).toMatch(/<dt>Last login<\/dt><dd><time/)
  second.child.kill()
  await second.ended
  rmSync(folder, { recursive: true })
})

it('the server counts failed logins by the address of the connection', async () => {
  const address = await waitForAddress(start({ PORT: '0' }))
  const statuses: number[] = []
  for (let guess = 0; guess < 6; guess++) statuses.push((await post(address, 'a guess')).status)
  expect(statuses).toEqual([422, 422, 422, 422, 422, 429])
})

it('the server prints an error with a remedy if the port is in use', async () => {
  const port = new URL(await waitForAddress(start({ PORT: '0' }))).port
  const second = start({ PORT: port })
  expect(await second.ended).toMatchObject({ code: 1 })
  expect(second.readOutput()).toContain(`Port ${port} is in use. Set another port`)
})

it.each([
  ['an invalid port', { PORT: 'eighty' }, 'PORT must be a number from 0 to 65535, but is "eighty".'],
  ['a secret that is too short', { PORT: '0', LOGIN_SECRET: 'short' }, 'LOGIN_SECRET must have at least 32 bytes'],
  ['a database path that is a folder', { PORT: '0', DATABASE: tmpdir() }, 'cannot be opened'],
])('the server ends with an error and a remedy for %s', async (_what, env, message) => {
  const server = start(env)
  expect(await server.ended).toMatchObject({ code: 1 })
  expect(server.readOutput()).toContain(message)
  expect(server.readOutput()).not.toMatch(/^ +at /m)
})
