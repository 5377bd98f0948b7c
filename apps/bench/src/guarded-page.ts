// The work of a contestant that shows a guarded page to one logged-in visitor after the other.
import type { Credential, Door, Work } from './contestant'
import { provePage } from './proof'
import { cookieHeader, offTheWire, PAGE } from './request'
import { userAt } from './users'

export function guardedPage<Raw>(door: Door<Raw>, credentials: readonly Credential[]): Work {
  return { next: visits(door, credentials), prove: () => provePage(door, credentials) }
}

/** Asks for the page as one visitor after the other, round and round. */
export function visits<Raw>(door: Door<Raw>, credentials: readonly Credential[]): () => Raw | Promise<Raw> {
  let turn = -1
  return () => {
    turn = (turn + 1) % credentials.length
    return door.ask(PAGE, offTheWire((credentials[turn] as Credential).cookie))
  }
}

/** The page of a peer: its visitors log in at `/login/:id`, as its manual says. */
export async function peerPage<Raw>(door: Door<Raw>, logins: number): Promise<Work> {
  const credentials: Credential[] = []
  for (let index = 0; index < logins; index++) credentials.push(await loggedIn(door, index))
  return guardedPage(door, credentials)
}

async function loggedIn<Raw>(door: Door<Raw>, index: number): Promise<Credential> {
  const user = userAt(index)
  const { setCookies } = await door.read(await door.ask(`/login/${user.id}`, null))
  return { cookie: cookieHeader(setCookies), user }
}

/** The page of the framework alone: it greets whoever asks. */
export function barePage<Raw>(door: Door<Raw>, credentials: readonly Credential[]): Work {
  const next = visits(door, credentials)
  const prove = async () => {
    const { status, body } = await door.read(await next())
    return [{ what: 'the page is shown', ok: status === 200 && body.includes('Visitor-') }]
  }
  return { next, prove }
}
