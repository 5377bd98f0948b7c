// Workloads that request the page as one visitor after the other.
import type { AppClient } from './app-client'
import { provePage } from './proof'
import { copyText, PAGE, toCookieHeader } from './request'
import type { Credential, Workload } from './subject'
import { getUserAt } from './users'

/** Returns a function that sends a request with the next credential, and starts again after the last one. */
export function sendInTurn<Raw>(send: (cookie: string) => Raw, credentials: readonly Credential[]): () => Raw {
  let turn = -1
  return () => {
    turn = (turn + 1) % credentials.length
    return send(copyText((credentials[turn] as Credential).cookie))
  }
}

export function createGuardedWorkload<Raw>(client: AppClient<Raw>, credentials: readonly Credential[]): Workload {
  return {
    sendNext: sendInTurn((cookie) => client.send(PAGE, cookie), credentials),
    prove: () => provePage(client, credentials),
  }
}

/** Logs visitors in at `/login/:id` of a peer, and requests its page. */
export async function createPeerWorkload<Raw>(client: AppClient<Raw>, logins: number): Promise<Workload> {
  const credentials: Credential[] = []
  for (let index = 0; index < logins; index++) {
    const user = getUserAt(index)
    const { setCookies } = await client.read(await client.send(`/login/${user.id}`, null))
    credentials.push({ cookie: toCookieHeader(setCookies), user })
  }
  return createGuardedWorkload(client, credentials)
}

/** Requests the page of the framework alone, which greets every client. */
export function createBareWorkload<Raw>(client: AppClient<Raw>, credentials: readonly Credential[]): Workload {
  const { sendNext } = createGuardedWorkload(client, credentials)
  const prove = async () => {
    const { status, body } = await client.read((await sendNext()) as Raw)
    return [{ title: 'the page is shown', ok: status === 200 && body.includes('Visitor-') }]
  }
  return { sendNext, prove }
}
