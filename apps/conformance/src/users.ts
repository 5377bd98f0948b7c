// The user table of the contract (CONTRACT.md, section 3), shared by the contract apps of all frameworks.
import { AnonymousUser, UserMixin } from '@fetch-login/core'

export class User extends UserMixin {
  readonly id: string
  readonly name: string
  readonly key: string | null
  active: boolean
  state: 'there' | 'deleted' | 'broken' = 'there'
  version = 1

  constructor(name: string, id: string, key: string | null = null, active = true) {
    super()
    this.name = name
    this.id = id
    this.key = key
    this.active = active
  }

  override get isActive(): boolean {
    return this.active
  }

  /** The id that changes with every `/users/rotate`. */
  get alternativeId(): string {
    return `alt-${this.id}-v${this.version}`
  }
}

/** An anonymous user of the application's own. */
export class Guest extends AnonymousUser {
  readonly name: string

  constructor(name: string) {
    super()
    this.name = name
  }
}

/** What `POST /users/…` does to a user. */
const CHANGES: Readonly<Record<string, (user: User, active: boolean) => void>> = {
  delete: (user) => {
    user.state = 'deleted'
  },
  break: (user) => {
    user.state = 'broken'
  },
  restore: (user) => {
    user.state = 'there'
  },
  rotate: (user) => {
    user.version += 1
  },
  update: (user, active) => {
    user.active = active
  },
}

/** The table, as it is after `/test/reset`. */
export class Users {
  #users = freshUsers()

  reset(): void {
    this.#users = freshUsers()
  }

  named(name: string | undefined): User | undefined {
    return this.#users.find((user) => user.name === name)
  }

  /** False where there is no such change or no such user. */
  change(change: string, name: string, active: boolean): boolean {
    const apply = Object.hasOwn(CHANGES, change) ? CHANGES[change] : undefined
    const user = this.named(name)
    if (apply === undefined || user === undefined) return false
    apply(user, active)
    return true
  }

  /** What a loader gives: nobody where there is none or they are deleted. Throws where they are broken. */
  find(matches: (user: User) => boolean): User | null {
    const user = this.#users.find((one) => one.state !== 'deleted' && matches(one))
    if (user?.state === 'broken') throw new Error(`the loader broke at ${user.name}`)
    return user ?? null
  }
}

function freshUsers(): User[] {
  return [
    new User('alice', '1', 'key-alice'),
    new User('bob', '2', 'key-bob'),
    new User('carol', '3', 'key-carol', false),
    new User('pipe', 'pipe|user|7'),
    new User('sato', '佐藤'),
    new User('odd', 'we;ird "q" \\ ,é'),
    new User('blank', ''),
    new User('zero', '0'),
  ]
}
