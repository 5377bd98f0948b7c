// The contract app without a framework: `withLogin` around a handler of `Request`. What stands in for a guard is a question
// to the handle.
import { type Policy, withLogin } from '@fetch-login/core'
import * as answers from './answers'
import type { Contract, FetchApp, Peer } from './contract'
import type { User, Users } from './users'

type Route = (auth: answers.Handle, query: URLSearchParams, form: answers.Form) => object | Promise<object>

export function createFetch(contract: Contract): FetchApp {
  const steering = steeringOf(contract)
  const routes = routesOf(contract.users)

  const withUser = withLogin(
    contract.manager,
    async (request: Request, auth, _peer: Peer) => {
      const route = routeOf(routes, request)
      if (route === undefined) return new Response('Not Found', { status: 404 })
      const answer = await route(auth, new URL(request.url).searchParams, await formOf(request))
      return answer instanceof Response ? answer : Response.json(answer)
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
    const steer = routeOf(steering, request)
    if (steer !== undefined) {
      const answer = steer(await formOf(request))
      return answer instanceof Response ? answer : Response.json(answer)
    }
    const isClosed = contract.isRefused && !answers.isPlain(request.method, new URL(request.url).pathname)
    return isClosed ? new Response('Internal Server Error', { status: 500 }) : withUser(request, peer)
  }
}

function steeringOf(contract: Contract): Readonly<Record<string, (form: answers.Form) => object>> {
  return {
    'GET /about': () => contract.about('fetch'),
    'GET /events': () => contract.events.take(),
    'POST /test/reset': () => contract.reset(),
    ...Object.fromEntries(
      ['delete', 'break', 'restore', 'rotate', 'update'].map((change) => [
        `POST /users/${change}`,
        (form: answers.Form) => json(contract.change(change, form)),
      ]),
    ),
  }
}

function routesOf(users: Users): Readonly<Record<string, Route>> {
  return {
    // ── plain ──
    ...Object.fromEntries(Object.entries(answers.PLAIN).map(([path, page]) => [`GET ${path}`, () => page])),

    // ── who is it ──
    'GET /whoami': (auth) => answers.whoami(auth),
    'GET /peek': (auth) => answers.peek(auth),
    'GET /slow': (auth, query) => answers.slow(auth, query.get('ms')),

    // ── in and out ──
    'POST /login': async (auth, _, form) => json(await answers.logIn(auth, users, form)),
    'POST /logout': (auth) => answers.logOut(auth),
    'POST /confirm': (auth) => answers.confirm(auth),
    'POST /switch': async (auth, _, form) => json(await answers.switchUser(auth, users, form)),
    'POST /bounce': async (auth, _, form) => json(await answers.bounce(auth, users, form)),

    // ── guarded ──
    ...guarded('/secret', {}),
    ...guarded('/fresh', { fresh: true }),
    ...guarded('/both', {}, { fresh: true }),
    ...guarded('/files/*', {}),
    ...guarded('/area/secret', { area: 'area' }),
    ...guarded('/area/fresh', { area: 'area', fresh: true }),
    ...guarded('/area/inner/secret', { area: 'area.inner' }),
    ...guarded('/annex/secret', { area: 'annex' }),
    'GET /refuse': (auth) => auth.unauthorized(),
    'GET /stale': (auth) => auth.needsRefresh(),

    // ── session and flashes ──
    'POST /session/set': (auth, _, form) => answers.setData(auth, form),
    'GET /session/get': (auth, query) => answers.getData(auth, query.get('key')),
    'GET /session/next': (auth) => answers.keptNext(auth),
    'GET /flashes': (auth) => answers.flashes(auth),
  }
}

/** Nobody is asked at OPTIONS. */
function guarded(path: string, ...policies: Policy<User>[]): Readonly<Record<string, Route>> {
  const granted: Route = async (auth) => {
    for (const policy of policies) {
      const decision = await auth.require(policy)
      if (!decision.ok) return decision.respond()
    }
    return answers.granted('GET', auth)
  }
  const options: Route = (auth) => answers.granted('OPTIONS', auth)
  return { [`GET ${path}`]: granted, [`POST ${path}`]: granted, [`OPTIONS ${path}`]: options }
}

/** The route of a request, in the way of `GET /files/*`. */
function routeOf<Found>(table: Readonly<Record<string, Found>>, request: Request): Found | undefined {
  const path = new URL(request.url).pathname.replace(/^\/files\/.+/, '/files/*')
  const name = `${request.method === 'HEAD' ? 'GET' : request.method} ${path}`
  return Object.hasOwn(table, name) ? table[name] : undefined
}

async function formOf(request: Request): Promise<answers.Form> {
  return request.method === 'POST' ? Object.fromEntries(new URLSearchParams(await request.text())) : {}
}

function json({ status, body }: answers.Answer): Response {
  return Response.json(body, { status })
}
