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
  /** The output of the process so far. */
  said(): string
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
  return { child, ended, said: () => output }
}

/** Returns the address that the server printed. */
async function addressOf({ ended, said }: Server): Promise<string> {
  let over = false
  void ended.then(() => {
    over = true
  })
  for (;;) {
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said())?.[0]
    if (address !== undefined) return address
    if (over) throw new Error(`The server ended before it listened: ${said()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

it.each(['SIGTERM', 'SIGINT'] as const)('serves pages over HTTP and ends at once at %s', async (signal) => {
  const server = start({ PORT: '0' })
  const address = await addressOf(server)
  expect(server.said()).toContain('LOGIN_SECRET is not set')
  expect(server.said()).toContain('not Secure')

  const home = await fetch(address)
  expect(home.status).toBe(200)
  expect(await home.text()).toContain('A login that you can inspect')
  const refused = await fetch(`${address}/admin`, { redirect: 'manual', headers: { accept: 'text/html' } })
  expect(refused.headers.get('location')).toBe('/login?next=%2Fadmin')
  expect((await fetch(`${address}/style.css`)).status).toBe(200)

  const asked = performance.now()
  server.child.kill(signal)
  expect(await server.ended).toEqual({ code: 0, signal: null })
  // Waiting for the kept-alive connection to end would take longer.
  expect(performance.now() - asked).toBeLessThan(4000)
})

it('keeps logins over a restart if LOGIN_SECRET is set', async () => {
  const first = start({ PORT: '0', LOGIN_SECRET: SECRET })
  const cookie = await logIn(await addressOf(first))
  expect(first.said()).not.toContain('LOGIN_SECRET')
  first.child.kill()
  await first.ended

  const second = await addressOf(start({ PORT: '0', LOGIN_SECRET: SECRET }))
  expect((await fetch(`${second}/dashboard`, { headers: { cookie } })).status).toBe(200)
})

async function logIn(address: string): Promise<string> {
  return cookieOf(await post(address, ALICE.password))
}

async function post(address: string, password: string): Promise<Response> {
  const page = await fetch(`${address}/login`)
  const token = /name="csrf_token" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
  const body = new URLSearchParams({ csrf_token: token, email: ALICE.email, password })
  return fetch(`${address}/login`, { method: 'POST', redirect: 'manual', body, headers: { cookie: cookieOf(page) } })
}

function cookieOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
}

it('keeps users over a restart in the file DATABASE', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'demo-'))
  const env = { PORT: '0', LOGIN_SECRET: SECRET, DATABASE: join(folder, 'demo.sqlite') }
  const first = start(env)
  const cookie = await logIn(await addressOf(first))
  first.child.kill()
  await first.ended
  const second = start(env)
  const page = await fetch(`${await addressOf(second)}/dashboard`, { headers: { cookie } })
  expect(await page.text()).toMatch(/<dt>Last login<\/dt><dd><time/)
  second.child.kill()
  await second.ended
  rmSync(folder, { recursive: true })
})

it('counts failed logins by the address of the connection', async () => {
  const address = await addressOf(start({ PORT: '0' }))
  const statuses: number[] = []
  for (let guess = 0; guess < 6; guess++) statuses.push((await post(address, 'a guess')).status)
  expect(statuses).toEqual([422, 422, 422, 422, 422, 429])
})

it('prints an error with a remedy if the port is in use', async () => {
  const port = new URL(await addressOf(start({ PORT: '0' }))).port
  const second = start({ PORT: port })
  expect(await second.ended).toMatchObject({ code: 1 })
  expect(second.said()).toContain(`Port ${port} is taken. Choose another`)
})

it.each([
  ['a port that is none', { PORT: 'eighty' }, 'PORT must be a number from 0 to 65535, but is "eighty".'],
  ['a secret that is too short', { PORT: '0', LOGIN_SECRET: 'short' }, 'LOGIN_SECRET must have at least 32 bytes'],
  ['a database that is no file', { PORT: '0', DATABASE: tmpdir() }, 'cannot be opened'],
])('says what to do about %s', async (_what, env, message) => {
  const server = start(env)
  expect(await server.ended).toMatchObject({ code: 1 })
  expect(server.said()).toContain(message)
  expect(server.said()).not.toMatch(/^ +at /m)
})
