// The subjects that the bench measures, and the work that each does in its own process.
import type { User } from './users'

/** The result of one check before timing. */
export interface Proof {
  readonly title: string
  readonly ok: boolean
}

/** The number of visitors, and the size of the cache of verified cookies. */
export interface Visitors {
  readonly count: number
  readonly cacheBytes: number
}

export interface Subject {
  readonly name: string
  /** The others are compared with `bare`. `minimum` is the sum of the necessary operations. */
  readonly role: 'bare' | 'own' | 'peer' | 'minimum'
  /** The packages whose versions the page lists. */
  readonly packages: readonly string[]
  /** Loads only the modules of this subject, in the process that runs it. */
  createWorkload(visitors: Visitors): Promise<Workload>
}

export interface Workload {
  /** Sends the next request. Returns the response, or a native promise of it. */
  sendNext(): unknown
  prove(): Promise<readonly Proof[]>
}

/** Subjects that are compared with each other. The first is the bare one. */
export interface Suite {
  readonly name: string
  readonly subjects: readonly Subject[]
}

/** The Cookie header of a login, and its user. */
export interface Credential {
  readonly cookie: string
  readonly user: User
}
