// What a contract app has one of: the users, the events and the manager of its profile, and the routes that steer it.
import { createLoginManager, type LoginManager, OptionsError } from '@fetch-login/core'
import type { Answer, Form } from './answers'
import { EventLog } from './event-log'
import { optionsFor, type Profile, readProfile } from './profile'
import { type Guest, type User, Users } from './users'

/** Who asks, as the server of a runtime knows it. */
export interface Peer {
  readonly address?: string | undefined
}

/** A contract app on anything that speaks Fetch API, for the server of a runtime. */
export type FetchApp = (request: Request, peer: Peer) => Response | Promise<Response>

export class Contract {
  readonly users = new Users()
  readonly events = new EventLog()
  readonly manager: LoginManager<User, Guest | null, 'OPTIONS'>
  /** The options of the profile cannot work: all but the plain and the steering routes then answer with 500. */
  readonly isRefused: boolean

  /** @param profile JSON, as in `CONFORMANCE_PROFILE` */
  constructor(profile: string | undefined) {
    const wanted = this.#manager(readProfile(profile))
    this.isRefused = wanted === null
    this.manager = wanted ?? createLoginManager(optionsFor({}, this.users))
  }

  /** `GET /about` */
  about(framework: string): object {
    return { implementation: 'fetch-login', framework, runtime: runtime() }
  }

  /** `POST /test/reset` */
  reset(): object {
    this.users.reset()
    this.events.take()
    return { ok: true }
  }

  /** `POST /users/{change}` */
  change(change: string, { user, active }: Form): Answer {
    const ok = this.users.change(change, String(user), active === '1')
    return { status: ok ? 200 : 404, body: { ok } }
  }

  /** Options that cannot work are refused at start; the contract wants the app to go on. */
  #manager(profile: Profile): LoginManager<User, Guest | null, 'OPTIONS'> | null {
    try {
      const manager = createLoginManager(optionsFor(profile, this.users))
      this.events.record(manager, profile.track_accessed ?? false)
      return manager
    } catch (error) {
      if (!(error instanceof OptionsError)) throw error
      console.error(error.message)
      return null
    }
  }
}

/** What runs this, read where it runs. Bun and Deno say that they are Node too; a Worker knows no version. */
function runtime(): string {
  const { Bun, Deno, process, navigator } = globalThis as unknown as Globals
  if (Bun !== undefined) return `bun ${Bun.version}`
  if (Deno !== undefined) return `deno ${Deno.version.deno}`
  return process === undefined ? String(navigator?.userAgent) : `node ${process.versions.node}`
}

interface Globals {
  readonly Bun?: { readonly version: string }
  readonly Deno?: { readonly version: { readonly deno: string } }
  readonly process?: { readonly versions: { readonly node: string } }
  readonly navigator?: { readonly userAgent: string }
}
