// A rollout of a new secret. Each instance of the app is its own process, and one browser sends requests to all of them.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createTestClient, type TestClient } from '@fetch-login/core/testing'
import { afterEach, expect, it } from 'vitest'

type Secrets = string | { readonly current: string; readonly previous: readonly string[] }

const SERVER = fileURLToPath(new URL('rollout-server.mjs', import.meta.url))
const OLD = 'only for tests: 0123456789 abcdefghijklmnop'
const NEW = 'only for tests: 9876543210 ponmlkjihgfedcba'
const [SESSION, REMEMBER] = ['__Host-session', '__Host-remember_token']

const running: ChildProcess[] = []
afterEach(() => {
  for (const process of running.splice(0)) process.kill()
})

/** Starts an instance, and returns its origin. */
async function start(secrets: Secrets): Promise<string> {
  const env = { ...process.env, SECRETS: JSON.stringify(secrets) }
  const instance = spawn(process.execPath, [SERVER], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  running.push(instance)
  const [line] = await once(instance.stdout, 'data')
  return String(line).trim()
}

/** Returns a browser. The test chooses the instance that receives each request, as a load balancer would. */
function createBrowser(): { readonly client: TestClient; visit(origin: string, path?: string): Promise<Response> } {
  let chosen = ''
  const client = createTestClient(({ url, headers }) =>
    fetch(chosen + new URL(url).pathname, {
      redirect: 'manual',
      headers: [...headers].filter(([name]) => name !== 'host'),
    }),
  )
  const visit = (origin: string, path = '/'): Promise<Response> => {
    chosen = origin
    return client.get(path)
  }
  return { client, visit }
}

it('an instance without the new secret refuses its cookies but keeps them, so the login works at an instance with the secret', async () => {
  const [old, current] = await Promise.all([start(OLD), start({ current: NEW, previous: [OLD] })])
  const { client, visit } = createBrowser()
  await visit(current, '/in')
  const cookies = [client.cookies.get(SESSION), client.cookies.get(REMEMBER)]
  for (let time = 0; time < 2; time++) {
    const refused = await visit(old)
    expect([refused.status, refused.headers.get('location')]).toEqual([302, '/login?next=%2F'])
    expect(refused.headers.getSetCookie()).toEqual([])
    expect([client.cookies.get(SESSION), client.cookies.get(REMEMBER)]).toEqual(cookies)
    expect(await (await visit(current)).text()).toBe('alice')
  }
})

it('every instance accepts all cookies in the documented order of a rollout', async () => {
  const steps: readonly Secrets[] = [OLD, { current: OLD, previous: [NEW] }, { current: NEW, previous: [OLD] }, NEW]
  const origins = await Promise.all(steps.map(start))
  const { client, visit } = createBrowser()
  await visit(origins[0] as string, '/in')
  for (const step of [0, 1, 2]) {
    const [former, next] = [origins[step] as string, origins[step + 1] as string]
    // The last step waits until all cookies of the old secret were renewed or have ended.
    const requested = step === 2 ? [former, next] : [former, next, former, next]
    for (const isRestored of [false, true]) {
      for (const origin of requested) {
        if (isRestored) client.cookies.delete(SESSION)
        expect(await (await visit(origin)).text()).toBe('alice')
      }
    }
  }
})
