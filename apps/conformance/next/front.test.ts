// The server before Next.js. The library receives the address of the peer, even if a client sends forwarding headers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RequestOptions, Started } from './started'

const FORGERIES = ['x-forwarded-for', 'X-Forwarded-For', 'forwarded', 'x-real-ip', 'x-contract-peer', 'X-Contract-Peer']
const HERE = '127.0.0.1'
const ELSEWHERE = '127.0.0.2'

let app: Started
let cookie = ''

beforeAll(async () => {
  app = await Started.with({ session_protection: 'strong' })
  const { headers } = await app.ask('/login', { method: 'POST', form: { user: 'alice' } })
  cookie = String(headers['set-cookie']?.[0]?.split(';')[0])
}, 30_000)

afterAll(() => app.stop())

async function whoami(options: RequestOptions): Promise<unknown> {
  const { body } = await app.ask('/whoami', { ...options, headers: { ...options.headers, cookie } })
  return JSON.parse(body).user
}

describe('a login that is bound to its client address', () => {
  it('is accepted at this address only', async () => {
    expect(await whoami({ from: HERE })).toBe('alice')
    expect(await whoami({ from: ELSEWHERE })).toBeNull()
  })

  it.each(FORGERIES)('is refused at another address that sends the address of the login as %s', async (name) => {
    expect(await whoami({ from: ELSEWHERE, headers: { [name]: HERE } })).toBeNull()
    expect(await whoami({ from: ELSEWHERE, headers: { [name]: [HERE, HERE] } })).toBeNull()
  })

  it.each(FORGERIES)('is accepted at its address if the client sends another address as %s', async (name) => {
    expect(await whoami({ from: HERE, headers: { [name]: ELSEWHERE } })).toBe('alice')
    expect(await whoami({ from: HERE, headers: { [name]: [ELSEWHERE, ELSEWHERE] } })).toBe('alice')
  })
})

describe('a client that sends a forwarding header', () => {
  it.each([
    ['x-forwarded-host', 'evil.example.test'],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-port', '8443'],
  ])('cannot change the origin of the app by %s', async (name, value) => {
    const { headers } = await app.ask('/asked', { headers: { [name]: value } })
    expect(headers.location).toBeUndefined()
    const { body } = await app.ask('/asked?said', { headers: { [name]: value } })
    expect(JSON.parse(body).url).toBe(`${app.origin.replace(HERE, 'localhost')}/asked?said=`)
  })
})

describe('the app', () => {
  it('ends on SIGTERM', async () => {
    const another = await Started.with({})
    expect((await another.ask('/static')).body).toBe('{"static":true}')
    expect(await another.stop()).toBe(0)
  })
})
