// Whoever takes part, and what it does in its process: a request to repeat, and a proof that it does what it is timed for.
import type { Crowd } from './crowd'
import type { User } from './users'

/** One thing that was tried before timing. */
export interface Proof {
  readonly what: string
  readonly ok: boolean
}

export interface Contestant {
  readonly name: string
  /** `bare` is what the others are compared with, `floor` the sum of what cannot be left out. */
  readonly role: 'bare' | 'ours' | 'peer' | 'floor'
  /** The packages whose versions are named. */
  readonly packages: readonly string[]
  /** Sets it up, where it is to run: only then is loaded what it needs, and nothing of the others. */
  work(crowd: Crowd): Promise<Work>
}

/** A contestant that is set up. */
export interface Work {
  /** Sends the next request; its answer, or the promise of one where something has to be waited for. */
  next(): unknown
  prove(): Promise<readonly Proof[]>
}

/** Those who are compared with each other; the first of them is the bare one. */
export interface Heat {
  readonly name: string
  readonly contestants: readonly Contestant[]
}

/** A login: the Cookie header, and who it is. */
export interface Credential {
  readonly cookie: string
  readonly user: User
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number
  readonly body: string
  readonly setCookies: readonly string[]
  /** The names of all headers, in small letters. */
  readonly headerNames: readonly string[]
}

/** The way into an app: what is timed is `ask` alone. */
export interface Door<Raw> {
  ask(path: string, cookie: string | null): Raw | Promise<Raw>
  read(raw: Raw): Promise<Answer>
}
