// The suite of a framework: the framework alone, our adapter with unseen and with seen cookies, and the peers.
import type { LoginManager } from '@fetch-login/core'
import type { AppClient } from '../app-client'
import type { Subject, Suite, Visitors } from '../subject'
import type { User } from '../users'
import { createBareWorkload, createGuardedWorkload, createPeerWorkload } from '../workloads'

export const UNSEEN = 'never seen'
export const SEEN = 'seen before'

/** The default number of visitors that log in to a peer. No peer caches what it verified. */
const PEER_LOGINS = 64

/** The apps on one framework. */
export interface FrameworkApps<App, Raw> {
  createClient(app: App): AppClient<Raw>
  createBare(): App
  /** Writes the headers of a guarded page, and is compared with it over HTTP. */
  createWithHeaders(): App
  createGuarded(manager: LoginManager<User>): Promise<App>
  /** By the name of the subject. */
  readonly PEERS: Readonly<Record<string, () => App | Promise<App>>>
}

interface Peer {
  readonly name: string
  readonly packages: readonly string[]
  readonly logins?: number
}

interface Options<App, Raw> {
  readonly name: string
  readonly framework: string
  readonly adapter: string
  /** Imports the apps. Only the process of a subject calls it. */
  readonly loadApps: () => Promise<FrameworkApps<App, Raw>>
  readonly peers: readonly Peer[]
}

export function createFrameworkSuite<App, Raw>({
  name,
  framework,
  adapter,
  loadApps,
  peers,
}: Options<App, Raw>): Suite {
  const createOwn = (kind: string): Subject => ({
    name: `${adapter}, ${kind}`,
    role: 'own',
    packages: ['@fetch-login/core', adapter],
    createWorkload: async (visitors) => {
      const apps = await loadApps()
      const { createBenchManager } = await import('../login-manager')
      const app = await apps.createGuarded(createBenchManager(visitors.cacheBytes))
      return createGuardedWorkload(apps.createClient(app), await createCredentials(kind, visitors))
    },
  })
  const createBare = async (visitors: Visitors) => {
    const apps = await loadApps()
    return createBareWorkload(apps.createClient(apps.createBare()), await createCredentials(UNSEEN, visitors))
  }
  const createPeer = ({ name, packages, logins = PEER_LOGINS }: Peer): Subject => ({
    ...{ name, role: 'peer', packages },
    createWorkload: async () => {
      const { PEERS, createClient } = await loadApps()
      return createPeerWorkload(createClient(await (PEERS[name] as () => App | Promise<App>)()), logins)
    },
  })
  const bare: Subject = { name: 'bare', role: 'bare', packages: [framework], createWorkload: createBare }
  return { name, subjects: [bare, createOwn(UNSEEN), createOwn(SEEN), ...peers.map(createPeer)] }
}

async function createCredentials(kind: string, visitors: Visitors) {
  const { createBenchManager, createSeenCredentials, createUnseenCredentials } = await import('../login-manager')
  const { cacheBytes } = visitors
  return kind === SEEN
    ? createSeenCredentials(cacheBytes)
    : createUnseenCredentials(createBenchManager(cacheBytes), visitors)
}
