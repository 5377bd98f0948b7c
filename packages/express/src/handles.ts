// Where the handle of a request is found again. Express changes the prototype of each request, after which every property
// that is put onto it takes microseconds: the list of its header lines, an object of Node's own, carries the handle instead.
import { type Auth, carrier } from '@fetch-login/core'
import type { NodeRequest } from '@fetch-login/core/node'

interface Entry<User, Guest> {
  readonly req: NodeRequest
  readonly handle: Auth<User, Guest>
}

export class Handles<User, Guest> {
  readonly #entries = carrier<Entry<User, Guest>>()

  /** That of this very request: where two share a list of lines (in a test, say), neither is the other. */
  of(req: NodeRequest): Auth<User, Guest> | undefined {
    const entry = this.#entries.of(req.rawHeaders)
    return entry?.req === req ? entry.handle : undefined
  }

  give(req: NodeRequest, handle: Auth<User, Guest>): void {
    this.#entries.give(req.rawHeaders, { req, handle })
  }
}
