// Tests the demo as a Worker: a user logs in with one of the demo accounts, and opens the dashboard.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startWorkerd } from './workerd.mjs'

const CONFIG = fileURLToPath(new URL('../../demo/worker.capnp', import.meta.url))
const ALICE = { email: 'alice@example.com', password: 'through the looking-glass' }

/** Returns the problem, or null. */
export async function findDemoWorkerProblem(workerd) {
  const disk = mkdtempSync(join(tmpdir(), 'fetch-login-demo-'))
  const { child, port } = startWorkerd(workerd, CONFIG, { args: ['--directory-path', `disk=${disk}`] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    return await logInAndVisit(`http://127.0.0.1:${await port}`)
  } catch (error) {
    return error.message
  } finally {
    child.kill()
    await ended
    rmSync(disk, { recursive: true, force: true })
  }
}

async function logInAndVisit(origin) {
  const form = await fetch(`${origin}/login`)
  const [, token] = /name="csrf_token" value="([^"]+)"/.exec(await form.text()) ?? []
  const login = await fetch(`${origin}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: getCookies(form), origin },
    body: new URLSearchParams({ ...ALICE, csrf_token: token }),
  })
  if (login.headers.get('location') !== '/dashboard') return `the login responded with ${login.status}`
  const dashboard = await fetch(`${origin}/dashboard`, { headers: { cookie: getCookies(login) }, redirect: 'manual' })
  const isShown = dashboard.status === 200 && (await dashboard.text()).includes('Dashboard')
  const anonymous = await fetch(`${origin}/dashboard`, { headers: { accept: 'text/html' }, redirect: 'manual' })
  if (anonymous.status !== 302) return `an anonymous request received ${anonymous.status} for the dashboard`
  return isShown ? null : `the dashboard responded with ${dashboard.status}`
}

function getCookies(response) {
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
}
