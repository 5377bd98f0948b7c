// Checks each subject before timing. A valid cookie must return the name of its user. An altered cookie and a missing one are rejected.
import type { AppClient, AppResponse } from './app-client'
import { PAGE } from './request'
import type { Credential, Proof } from './subject'

const MAX_CREDENTIALS = 3
/** The positions at which a value is altered, as a share of its length. None is in the padding. */
const POSITIONS = [0.25, 0.5, 0.75]

export async function provePage<Raw>(
  client: AppClient<Raw>,
  credentials: readonly Credential[],
): Promise<readonly Proof[]> {
  const proofs: Proof[] = []
  for (const { cookie, user } of credentials.slice(0, MAX_CREDENTIALS)) {
    const { status, body } = await requestPage(client, cookie)
    proofs.push({
      title: `a valid cookie returns the page of ${user.name}`,
      ok: status === 200 && body.includes(user.name),
    })
    for (const position of POSITIONS) {
      const response = await requestPage(client, alterHeader(cookie, position))
      proofs.push({ title: `an altered cookie of ${user.name} is rejected`, ok: isRejection(response, user.name) })
    }
  }
  return [...proofs, await proveAnonymous(client)]
}

export async function proveAnonymous<Raw>(client: AppClient<Raw>): Promise<Proof> {
  const response = await requestPage(client, null)
  return { title: 'a request without a cookie is rejected', ok: isRejection(response, 'Visitor-') }
}

async function requestPage<Raw>(client: AppClient<Raw>, cookie: string | null): Promise<AppResponse> {
  return client.read(await client.send(PAGE, cookie))
}

/** Some peers reject by an error. */
function isRejection({ status, body }: AppResponse, name: string): boolean {
  return status >= 400 && !body.includes(name)
}

/** Changes one character in the value of every cookie of a header. */
export function alterHeader(header: string, position: number): string {
  return header
    .split('; ')
    .map((pair) => alterPair(pair, position))
    .join('; ')
}

function alterPair(pair: string, position: number): string {
  const start = pair.indexOf('=') + 1
  const at = start + Math.floor((pair.length - start) * position)
  return pair.slice(0, at) + (pair[at] === 'A' ? 'B' : 'A') + pair.slice(at + 1)
}
