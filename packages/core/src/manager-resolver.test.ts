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

describe('managerResolver() and guardResolver()', () => {
  it('create a manager once for each env object, from options or from a manager', () => {
    const environments: object[] = []
    const resolveManager = managerResolver<typeof ada, null>(
      (env: object) => {
        environments.push(env)
        return environments.length === 1 ? options : createLoginManager(options)
      },
      'test()',
      false,
    )
    const [one, two] = [{ SECRET: '1' }, { SECRET: '2' }]
    expect(resolveManager(one)).toBe(resolveManager(one))
    expect(resolveManager(two)).not.toBe(resolveManager(one))
    expect(environments).toEqual([one, two])
  })

  it('create one manager if the runtime has no bindings', () => {
    const resolveManager = managerResolver<typeof ada, null>(() => options, 'test()', false)
    expect(resolveManager(undefined)).toBe(resolveManager(null))
  })

  it('throw an OptionsError with the name of the adapter if the fingerprint needs an address', () => {
    const manager = createLoginManager({ ...options, fingerprint: ['address'] })
    expect(() => managerResolver(manager, 'honoLogin()', false)).toThrow(OptionsError)
    expect(() => managerResolver(manager, 'honoLogin()', false)).toThrow(/honoLogin\(\).*address/s)
    expect(managerResolver(manager, 'honoLogin()', true)({})).toBe(manager)
  })

  it('validate the options of a guard at the start if the source is a manager', () => {
    expect(() => guardResolver(createLoginManager(options), { withinSeconds: -1 })).toThrow(OptionsError)
    const resolveGuard = guardResolver<typeof ada, null>(() => options, { withinSeconds: -1 })
    expect(() => resolveGuard(createLoginManager(options))).toThrow(OptionsError)
  })

  it('let withLogin() serve a Worker whose bindings contain the secret', async () => {
    const worker = { fetch: withLogin((env: Bindings) => ({ ...options, secrets: env.SECRET }), greet) }
    const first = { SECRET: 'the secret of the first deployment, long enough' }
    const response = await worker.fetch(new Request('https://app.test/login'), first)
    const cookie = (response.headers.getSetCookie()[0] as string).split(';')[0] as string
    const again = new Request('https://app.test/', { headers: { cookie } })
    expect(await (await worker.fetch(again, first)).text()).toBe('Ada')
    const second = { SECRET: 'the secret of the second deployment, long enough' }
    expect(await (await worker.fetch(again, second)).text()).toBe('anonymous')
  })
})

interface Bindings {
  readonly SECRET: string
}

async function greet(request: Request, auth: Auth<typeof ada>, _env: Bindings): Promise<Response> {
  if (request.url.endsWith('/login')) await auth.loginUser(ada)
  return new Response((await auth.currentUser())?.name ?? 'anonymous')
}
