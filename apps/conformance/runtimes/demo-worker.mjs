// The demo runs as a Worker too: somebody logs in there with one of the accounts it begins with, and sees the dashboard.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startWorkerd } from './workerd.mjs'

const CONFIG = fileURLToPath(new URL('../../demo/worker.capnp', import.meta.url))
const ALICE = { email: 'alice@example.com', password: 'through the looking-glass' }

/** What is wrong, or null. */
export async function demoWorkerProblem(workerd) {
  const disk = mkdtempSync(join(tmpdir(), 'fetch-login-demo-'))
  const { child, port } = startWorkerd(workerd, CONFIG, { args: ['--directory-path', `disk=${disk}`] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    return await journey(`http://127.0.0.1:${await port}`)
  } catch (error) {
    return error.message
  } finally {
    child.kill()
    await ended
    rmSync(disk, { recursive: true, force: true })
  }
}

async function journey(origin) {
  const form = await fetch(`${origin}/login`)
  const [, token] = /name="csrf_token" value="([^"]+)"/.exec(await form.text()) ?? []
  const login = await fetch(`${origin}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: cookiesOf(form), origin },
    body: new URLSearchParams({ ...ALICE, csrf_token: token }),
  })
  if (login.headers.get('location') !== '/dashboard') return `the login answered ${login.status}`
  const dashboard = await fetch(`${origin}/dashboard`, { headers: { cookie: cookiesOf(login) }, redirect: 'manual' })
  const isThere = dashboard.status === 200 && (await dashboard.text()).includes('Dashboard')
  const stranger = await fetch(`${origin}/dashboard`, { headers: { accept: 'text/html' }, redirect: 'manual' })
  if (stranger.status !== 302) return `a stranger got ${stranger.status} for the dashboard`
  return isThere ? null : `the dashboard answered ${dashboard.status}`
}

function cookiesOf(response) {
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
}
