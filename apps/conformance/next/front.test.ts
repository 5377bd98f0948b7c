// The front before Next.js: the library sees the address of who is at the other end, whatever a client says of itself.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Asking, Started } from './started'

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

async function whoami(asking: Asking): Promise<unknown> {
  const { body } = await app.ask('/whoami', { ...asking, headers: { ...asking.headers, cookie } })
  return JSON.parse(body).user
}

describe('a login that is bound to its address', () => {
  it('is good at this address alone', async () => {
    expect(await whoami({ from: HERE })).toBe('alice')
    expect(await whoami({ from: ELSEWHERE })).toBeNull()
  })

  it.each(FORGERIES)('is no good elsewhere to who sends its address as %s', async (name) => {
    expect(await whoami({ from: ELSEWHERE, headers: { [name]: HERE } })).toBeNull()
    expect(await whoami({ from: ELSEWHERE, headers: { [name]: [HERE, HERE] } })).toBeNull()
  })

  it.each(FORGERIES)('is still good to who sends another address as %s', async (name) => {
    expect(await whoami({ from: HERE, headers: { [name]: ELSEWHERE } })).toBe('alice')
    expect(await whoami({ from: HERE, headers: { [name]: [ELSEWHERE, ELSEWHERE] } })).toBe('alice')
  })
})

describe('a client that says where the app is', () => {
  it.each([
    ['x-forwarded-host', 'evil.example.test'],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-port', '8443'],
  ])('with %s, moves nobody', async (name, value) => {
    const { headers } = await app.ask('/asked', { headers: { [name]: value } })
    expect(headers.location).toBeUndefined()
    const { body } = await app.ask('/asked?said', { headers: { [name]: value } })
    expect(JSON.parse(body).url).toBe(`${app.origin.replace(HERE, 'localhost')}/asked?said=`)
  })
})

describe('the app', () => {
  it('ends when it is told to', async () => {
    const another = await Started.with({})
    expect((await another.ask('/static')).body).toBe('{"static":true}')
    expect(await another.stop()).toBe(0)
  })
})
