import type { LoaderNote, RequestLoader } from '../options/types'
import type { AnonymousReason } from '../sessions/read-result'

/** The reasons for which a request is anonymous. */
export class AnonymousReasons<User> {
  #first: AnonymousReason | null = null
  #rejections: Map<RequestLoader<User>, LoaderNote> | null = null

  /** The first reason that was recorded; null if there is none. */
  get first(): AnonymousReason | null {
    return this.#first
  }

  /** Stores why the request is anonymous. The first reason is kept. */
  note(reason: AnonymousReason): void {
    this.#first ??= reason
  }

  /** Removes the reason. */
  forget(): void {
    this.#first = null
  }

  /** Stores that a request loader rejected the request's own credential. */
  reject(loader: RequestLoader<User>, reason: LoaderNote): void {
    this.note(reason)
    this.#rejections ??= new Map()
    if (!this.#rejections.has(loader)) this.#rejections.set(loader, reason)
  }

  /** Returns why this loader rejected the request's own credential; null if it did not. */
  getRejection(loader: RequestLoader<User>): LoaderNote | null {
    return this.#rejections?.get(loader) ?? null
  }
}
