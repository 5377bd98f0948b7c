// Nobody is timed who does not do the work: a valid cookie gives the name of its user, an altered one is refused, and so
// is none.
import type { Answer, Credential, Door, Proof } from './contestant'
import { PAGE } from './request'

const TRIED = 3
/** Where a value is altered: at its beginning, in the middle and near the end, but never in padding. */
const PLACES = [0.25, 0.5, 0.75]

export async function provePage<Raw>(door: Door<Raw>, credentials: readonly Credential[]): Promise<readonly Proof[]> {
  const proofs: Proof[] = []
  for (const { cookie, user } of credentials.slice(0, TRIED)) {
    const answer = await page(door, cookie)
    proofs.push({
      what: `a valid cookie gives ${user.name}`,
      ok: answer.status === 200 && answer.body.includes(user.name),
    })
    for (const place of PLACES) proofs.push(await proveRefusal(door, altered(cookie, place), user.name))
  }
  return [...proofs, await proveNobody(door)]
}

async function proveRefusal<Raw>(door: Door<Raw>, cookie: string, name: string): Promise<Proof> {
  return { what: `an altered cookie of ${name} is refused`, ok: isRefusal(await page(door, cookie), name) }
}

/** Without a cookie nobody comes in. */
export async function proveNobody<Raw>(door: Door<Raw>): Promise<Proof> {
  return { what: 'no cookie is refused', ok: isRefusal(await page(door, null), 'Visitor-') }
}

async function page<Raw>(door: Door<Raw>, cookie: string | null): Promise<Answer> {
  return door.read(await door.ask(PAGE, cookie))
}

/** Some peers refuse by an error. */
function isRefusal({ status, body }: Answer, name: string): boolean {
  return status >= 400 && !body.includes(name)
}

/** Every cookie of a header with one character changed, so far into its value. */
export function altered(header: string, place: number): string {
  return header
    .split('; ')
    .map((pair) => alteredPair(pair, place))
    .join('; ')
}

function alteredPair(pair: string, place: number): string {
  const start = pair.indexOf('=') + 1
  const at = start + Math.floor((pair.length - start) * place)
  return pair.slice(0, at) + (pair[at] === 'A' ? 'B' : 'A') + pair.slice(at + 1)
}
