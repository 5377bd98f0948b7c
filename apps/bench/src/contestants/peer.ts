// Somebody else's login, set up as its manual says.
import type { Contestant, Door } from '../contestant'
import { peerPage } from '../guarded-page'

/** How many visitors log in before the start: no peer remembers what it verified. */
const LOGINS = 64

export function peer<Raw>(
  name: string,
  packages: readonly string[],
  door: () => Promise<Door<Raw>>,
  logins: number = LOGINS,
): Contestant {
  return { name, role: 'peer', packages, work: async () => peerPage(await door(), logins) }
}
