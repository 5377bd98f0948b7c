// The manager and the adapter that all routes share. Next.js bundles each route separately, so the first route stores them
// in a global variable. `next build` also loads the routes, without a profile.
import { nextLogin } from '@fetch-login/next'
import { Contract } from '../src/contract'
import { PLAIN } from '../src/responses'

/** The header with the peer address. server.mjs overwrites a header of this name that a client sends. */
const PEER = 'x-contract-peer'

function open() {
  const contract = new Contract(process.env.CONFORMANCE_PROFILE)
  return { contract, login: nextLogin(contract.manager, { address: (headers) => headers.get(PEER) ?? undefined }) }
}

const KEY = Symbol.for('fetch-login.contract')
const shared: typeof globalThis & { [KEY]?: ReturnType<typeof open> } = globalThis
shared[KEY] ??= open()

export const { contract, login } = shared[KEY]

const failing = () => () => new Response('Internal Server Error', { status: 500 })
const refused = {
  auth: failing,
  withLoginRequired: failing,
  withFreshLoginRequired: failing,
} as unknown as typeof login

/** If the options of the profile are refused, all routes that need them respond with 500. */
export const { auth, withLoginRequired, withFreshLoginRequired } = contract.isRefused ? refused : login

/** Returns a page that does not read the user. */
export const plain = (path: string) => login.auth(() => Response.json(PLAIN[path]))
