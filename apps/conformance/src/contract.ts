// The users, the events and the manager of a contract app, and the routes that control the test.
import { createLoginManager, type LoginManager, OptionsError } from '@fetch-login/core'
import { EventLog } from './event-log'
import { optionsFor, type Profile, readProfile } from './profile'
import type { Form, RouteResponse } from './responses'
import { type Guest, type User, Users } from './users'

/** The client of a request, as the server of a runtime reports it. */
export interface Peer {
  readonly address?: string | undefined
}

/** A contract app on the Fetch API, for the server of a runtime. */
export type FetchApp = (request: Request, peer: Peer) => Response | Promise<Response>

export class Contract {
  readonly users = new Users()
  readonly events = new EventLog()
  readonly manager: LoginManager<User, Guest | null, 'OPTIONS'>
  /** Whether the options of the profile are refused. Then all routes except the plain and the control routes respond with 500. */
  readonly isRefused: boolean

  /** @param profile JSON, as in `CONFORMANCE_PROFILE` */
  constructor(profile: string | undefined) {
    const manager = this.#createManager(readProfile(profile))
    this.isRefused = manager === null
    this.manager = manager ?? createLoginManager(optionsFor({}, this.users))
  }

  /** `GET /about` */
  about(framework: string): object {
    return { implementation: 'fetch-login', framework, runtime: detectRuntime() }
  }

  /** `POST /test/reset` */
  reset(): object {
    this.users.reset()
    this.events.take()
    return { ok: true }
  }

  /** `POST /users/{change}` */
  change(change: string, { user, active }: Form): RouteResponse {
    const ok = this.users.change(change, String(user), active === '1')
    return { status: ok ? 200 : 404, body: { ok } }
  }

  /** Returns null if the options are refused. The contract requires that the app continues. */
  #createManager(profile: Profile): LoginManager<User, Guest | null, 'OPTIONS'> | null {
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

/** Returns the current runtime. Bun and Deno also report a version of Node. A Worker has no version. */
function detectRuntime(): string {
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
