// What a contract app has one of, for a process in which Next.js bundles each route by itself: made by the first route
// that is asked for, when the app runs. While `next build` looks at the routes there is no profile, and none is kept.
import { nextLogin } from '@fetch-login/next'
import { Contract } from '../src/contract'
import { PLAIN } from '../src/responses'

/** Whom the front (server.mjs) saw at the other end. It overwrites what a client sends by this name. */
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

/** Where the options of the profile cannot work, all that needs them answers with 500. */
export const { auth, withLoginRequired, withFreshLoginRequired } = contract.isRefused ? refused : login

/** A page that asks nobody who is there. */
export const plain = (path: string) => login.auth(() => Response.json(PLAIN[path]))
