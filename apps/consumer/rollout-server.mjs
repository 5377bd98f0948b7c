// One instance of an app in its own process. `SECRETS` is its option `secrets`. The instance prints its origin.
import { createLoginManager, withLogin } from '@fetch-login/core'
import { serve } from '@hono/node-server'

const manager = createLoginManager({
  secrets: JSON.parse(process.env.SECRETS ?? ''),
  loadUser: (id) => ({ id }),
  loginView: '/login',
})

const fetch = withLogin(manager, async (request, auth) => {
  if (new URL(request.url).pathname === '/in') await auth.loginUser({ id: 'alice' }, { remember: true })
  const decision = await auth.require()
  return decision.ok ? new Response(decision.user.id) : decision.respond()
})

serve({ fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.log(`http://127.0.0.1:${port}`))
