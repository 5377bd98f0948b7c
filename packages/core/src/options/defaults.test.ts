import { afterEach, describe, expect, it, vi } from 'vitest'
import { createManager } from '../../test/setup'
import { withLogin } from '../index'

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Returns whether `debug` is on by default: an operation without `await` is then an error. */
async function isDebugOn(): Promise<boolean> {
  const manager = createManager({ onWarning: () => undefined })
  let isError = false
  const app = withLogin(
    manager,
    (_request, auth) => {
      void auth.flash('Saved.')
      return new Response()
    },
    {
      onError: () => {
        isError = true
        return new Response(null, { status: 500 })
      },
    },
  )
  await app(new Request('https://app.test/'))
  return isError
}

/** Replaces `process` and `navigator` by those of a runtime. */
function stubRuntime(environment: string | undefined, userAgent: string | undefined, release = { name: 'node' }): void {
  vi.stubGlobal('process', { env: { NODE_ENV: environment }, release })
  vi.stubGlobal('navigator', userAgent === undefined ? undefined : { userAgent })
}

describe('the default of the option debug', () => {
  it.each([
    ['Node 20', undefined],
    ['Node 26', 'Node.js/26'],
  ])('is true on %s if NODE_ENV is missing', async (_runtime, userAgent) => {
    stubRuntime(undefined, userAgent)
    expect(await isDebugOn()).toBe(true)
  })

  it.each(['Bun/1.4.5', 'Deno/2.9.5', 'Cloudflare-Workers'])(
    'is false on %s if NODE_ENV is missing, although process.release.name is node',
    async (userAgent) => {
      stubRuntime(undefined, userAgent)
      expect(await isDebugOn()).toBe(false)
    },
  )

  it.each([
    ['development', true],
    ['production', false],
    ['test', false],
  ])('for NODE_ENV=%s is %s on every runtime', async (environment, expected) => {
    for (const userAgent of ['Node.js/26', 'Bun/1.4.5', undefined]) {
      stubRuntime(environment, userAgent)
      expect(await isDebugOn()).toBe(expected)
    }
  })

  it('is false without process', async () => {
    vi.stubGlobal('process', undefined)
    expect(await isDebugOn()).toBe(false)
  })

  it('is false if the runtime does not permit reading NODE_ENV, as Deno without --allow-env', async () => {
    const env = new Proxy({}, { get: () => raise('Requires env access to "NODE_ENV"') })
    vi.stubGlobal('process', { env, release: { name: 'node' } })
    expect(await isDebugOn()).toBe(false)
  })
})

function raise(message: string): never {
  throw new Error(message)
}
