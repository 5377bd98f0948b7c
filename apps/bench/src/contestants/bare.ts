// The framework alone, which is what the others on it are compared with. It is sent the same cookies.
import type { Contestant, Door } from '../contestant'
import { barePage } from '../guarded-page'

export function bare<Raw>(packages: readonly string[], door: () => Promise<Door<Raw>>): Contestant {
  const work: Contestant['work'] = async (crowd) => {
    const { createBenchManager, strangers } = await import('./login-manager')
    return barePage(await door(), await strangers(createBenchManager(crowd.cacheBytes), crowd))
  }
  return { name: 'bare', role: 'bare', packages, work }
}
