// Runs the guarantees of every adapter on withLogin().
import { withLogin } from '@fetch-login/core'
import { describe } from 'vitest'
import { GUARDED, testGuarantees } from './cases'

describe('withLogin()', () => {
  testGuarantees(async ({ manager, handle, onError }) => {
    const guard = manager.guard()
    return withLogin(
      manager,
      async (request, auth) => {
        if (new URL(request.url).pathname === GUARDED) {
          const outcome = await guard(auth)
          if (!outcome.ok) return outcome.respond()
        }
        await handle(auth)
        return new Response('ok')
      },
      {
        onError: (error) => {
          onError(error)
          return new Response(null, { status: 500 })
        },
      },
    )
  })
})
