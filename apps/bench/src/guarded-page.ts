// A contestant that shows a guarded page to one logged-in visitor after the other.
import type { Contestant, Credential, Door } from './contestant'
import { provePage } from './proof'
import { cookieHeader, offTheWire, PAGE } from './request'
import { userAt } from './users'

interface GuardedPage<Raw> {
  readonly name: string
  readonly role: Contestant['role']
  readonly packages: readonly string[]
  readonly door: Door<Raw>
  readonly credentials: readonly Credential[]
}

export function guardedPage<Raw>({ name, role, packages, door, credentials }: GuardedPage<Raw>): Contestant {
  return {
    name,
    role,
    packages,
    next: visits(door, credentials),
    prove: () => provePage(door, credentials),
  }
}

/** Asks for the page as one visitor after the other, round and round. */
export function visits<Raw>(door: Door<Raw>, credentials: readonly Credential[]): () => Promise<Raw> {
  let turn = -1
  return () => {
    turn = (turn + 1) % credentials.length
    return door.ask(PAGE, offTheWire((credentials[turn] as Credential).cookie))
  }
}

interface Peer<Raw> {
  readonly name: string
  readonly packages: readonly string[]
  readonly door: Door<Raw>
  /** How many visitors log in before the start. Default 64: no peer remembers what it verified. */
  readonly logins?: number
}

/** A peer: its visitors log in at `/login/:id`, as its manual says. */
export async function peerPage<Raw>({ name, packages, door, logins = 64 }: Peer<Raw>): Promise<Contestant> {
  const credentials: Credential[] = []
  for (let index = 0; index < logins; index++) credentials.push(await loggedIn(door, index))
  return guardedPage({ name, role: 'peer', packages, door, credentials })
}

async function loggedIn<Raw>(door: Door<Raw>, index: number): Promise<Credential> {
  const user = userAt(index)
  const { setCookies } = await door.read(await door.ask(`/login/${user.id}`, null))
  return { cookie: cookieHeader(setCookies), user }
}

/** The framework alone: it greets whoever asks. */
export function barePage<Raw>(
  door: Door<Raw>,
  credentials: readonly Credential[],
  packages: readonly string[],
): Contestant {
  const prove = async () => {
    const { status, body } = await door.read(await visits(door, credentials)())
    return [{ what: 'the page is shown', ok: status === 200 && body.includes('Visitor-') }]
  }
  return { name: 'bare', role: 'bare', packages, next: visits(door, credentials), prove }
}
