import { describe, expect, it } from 'vitest'
import { guardResolver, managerResolver } from './adapter'
import type { Auth } from './auth'
import { createLoginManager, OptionsError, withLogin } from './index'
import type { LoginManagerOptions } from './options/types'

const ada = { id: '1', name: 'Ada' }
const options: LoginManagerOptions<typeof ada> = {
  loadUser: (id) => (id === '1' ? ada : null),
  secrets: 'a secret for these tests, long enough to be one',
}

describe('a manager out of bindings', () => {
  it('is made once for each env object, from options or from a manager', () => {
    const made: object[] = []
    const managerOf = managerResolver<typeof ada, null>(
      (env: object) => {
        made.push(env)
        return made.length === 1 ? options : createLoginManager(options)
      },
      'test()',
      false,
    )
    const [one, two] = [{ SECRET: '1' }, { SECRET: '2' }]
    expect(managerOf(one)).toBe(managerOf(one))
    expect(managerOf(two)).not.toBe(managerOf(one))
    expect(made).toEqual([one, two])
  })

  it('is created once if the runtime has no bindings', () => {
    const managerOf = managerResolver<typeof ada, null>(() => options, 'test()', false)
    expect(managerOf(undefined)).toBe(managerOf(null))
  })

  it('tells the adapter by name that the fingerprint needs an address', () => {
    const manager = createLoginManager({ ...options, fingerprint: ['address'] })
    expect(() => managerResolver(manager, 'honoLogin()', false)).toThrow(OptionsError)
    expect(() => managerResolver(manager, 'honoLogin()', false)).toThrow(/honoLogin\(\).*address/s)
    expect(managerResolver(manager, 'honoLogin()', true)({})).toBe(manager)
  })

  it('validates the options of a guard at once if the source is a manager', () => {
    expect(() => guardResolver(createLoginManager(options), { withinSeconds: -1 })).toThrow(OptionsError)
    const guardOf = guardResolver<typeof ada, null>(() => options, { withinSeconds: -1 })
    expect(() => guardOf(createLoginManager(options))).toThrow(OptionsError)
  })

  it('serves a Worker whose secret comes with the request', async () => {
    const worker = { fetch: withLogin((env: Bindings) => ({ ...options, secrets: env.SECRET }), greet) }
    const first = { SECRET: 'the secret of the first deployment, long enough' }
    const answer = await worker.fetch(new Request('https://app.test/login'), first)
    const cookie = (answer.headers.getSetCookie()[0] as string).split(';')[0] as string
    const again = new Request('https://app.test/', { headers: { cookie } })
    expect(await (await worker.fetch(again, first)).text()).toBe('Ada')
    const second = { SECRET: 'the secret of the second deployment, long enough' }
    expect(await (await worker.fetch(again, second)).text()).toBe('nobody')
  })
})

interface Bindings {
  readonly SECRET: string
}

async function greet(request: Request, auth: Auth<typeof ada>, _env: Bindings): Promise<Response> {
  if (request.url.endsWith('/login')) await auth.loginUser(ada)
  return new Response((await auth.currentUser())?.name ?? 'nobody')
}
