// The contract app without a framework: `withLogin` around a handler of `Request`. It calls `auth.require()` instead of a
// guard.
import { type Policy, withLogin } from '@fetch-login/core'
import type { Contract, FetchApp, Peer } from './contract'
import * as responses from './responses'
import type { User, Users } from './users'

type Route = (auth: responses.ContractAuth, query: URLSearchParams, form: responses.Form) => object | Promise<object>

export function createFetch(contract: Contract): FetchApp {
  const controlRoutes = createControlRoutes(contract)
  const routes = createRoutes(contract.users)

  const withUser = withLogin(
    contract.manager,
    async (request: Request, auth, _peer: Peer) => {
      const route = findRoute(routes, request)
      if (route === undefined) return new Response('Not Found', { status: 404 })
      const result = await route(auth, new URL(request.url).searchParams, await readForm(request))
      return result instanceof Response ? result : Response.json(result)
    },
    {
      address: (_, peer) => peer.address,
      onError: (error) => {
        console.error(error)
        return new Response('Internal Server Error', { status: 500 })
      },
    },
  )

  return async (request, peer) => {
    const controlRoute = findRoute(controlRoutes, request)
    if (controlRoute !== undefined) {
      const result = controlRoute(await readForm(request))
      return result instanceof Response ? result : Response.json(result)
    }
    const isClosed = contract.isRefused && !responses.isPlain(request.method, new URL(request.url).pathname)
    return isClosed ? new Response('Internal Server Error', { status: 500 }) : withUser(request, peer)
  }
}

function createControlRoutes(contract: Contract): Readonly<Record<string, (form: responses.Form) => object>> {
  return {
    'GET /about': () => contract.about('fetch'),
    'GET /events': () => contract.events.take(),
    'POST /test/reset': () => contract.reset(),
    ...Object.fromEntries(
      ['delete', 'break', 'restore', 'rotate', 'update'].map((change) => [
        `POST /users/${change}`,
        (form: responses.Form) => json(contract.change(change, form)),
      ]),
    ),
  }
}

function createRoutes(users: Users): Readonly<Record<string, Route>> {
  return {
    // ── plain ──
    ...Object.fromEntries(Object.entries(responses.PLAIN).map(([path, page]) => [`GET ${path}`, () => page])),

    // ── current user ──
    'GET /whoami': (auth) => responses.whoami(auth),
    'GET /peek': (auth) => responses.peek(auth),
    'GET /slow': (auth, query) => responses.slow(auth, query.get('ms')),

    // ── login and logout ──
    'POST /login': async (auth, _, form) => json(await responses.logIn(auth, users, form)),
    'POST /logout': (auth) => responses.logOut(auth),
    'POST /confirm': (auth) => responses.confirm(auth),
    'POST /switch': async (auth, _, form) => json(await responses.switchUser(auth, users, form)),
    'POST /bounce': async (auth, _, form) => json(await responses.bounce(auth, users, form)),

    // ── guarded ──
    ...createGuardedRoutes('/secret', {}),
    ...createGuardedRoutes('/fresh', { fresh: true }),
    ...createGuardedRoutes('/both', {}, { fresh: true }),
    ...createGuardedRoutes('/files/*', {}),
    ...createGuardedRoutes('/area/secret', { area: 'area' }),
    ...createGuardedRoutes('/area/fresh', { area: 'area', fresh: true }),
    ...createGuardedRoutes('/area/inner/secret', { area: 'area.inner' }),
    ...createGuardedRoutes('/annex/secret', { area: 'annex' }),
    'GET /refuse': (auth) => auth.unauthorized(),
    'GET /stale': (auth) => auth.needsRefresh(),

    // ── session and flashes ──
    'POST /session/set': (auth, _, form) => responses.setData(auth, form),
    'GET /session/get': (auth, query) => responses.getData(auth, query.get('key')),
    'GET /session/next': (auth) => responses.getPendingNext(auth),
    'GET /flashes': (auth) => responses.flashes(auth),
  }
}

/** Returns the routes of a guarded page. OPTIONS does not read the user. */
function createGuardedRoutes(path: string, ...policies: Policy<User>[]): Readonly<Record<string, Route>> {
  const granted: Route = async (auth) => {
    for (const policy of policies) {
      const decision = await auth.require(policy)
      if (!decision.ok) return decision.respond()
    }
    return responses.granted('GET', auth)
  }
  const options: Route = (auth) => responses.granted('OPTIONS', auth)
  return { [`GET ${path}`]: granted, [`POST ${path}`]: granted, [`OPTIONS ${path}`]: options }
}

/** Returns the route of a request, such as `GET /files/*`. */
function findRoute<Found>(table: Readonly<Record<string, Found>>, request: Request): Found | undefined {
  const path = new URL(request.url).pathname.replace(/^\/files\/.+/, '/files/*')
  const name = `${request.method === 'HEAD' ? 'GET' : request.method} ${path}`
  return Object.hasOwn(table, name) ? table[name] : undefined
}

async function readForm(request: Request): Promise<responses.Form> {
  return request.method === 'POST' ? Object.fromEntries(new URLSearchParams(await request.text())) : {}
}

function json({ status, body }: responses.RouteResponse): Response {
  return Response.json(body, { status })
}
