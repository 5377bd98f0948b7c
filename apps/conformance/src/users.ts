// The user table of the contract (CONTRACT.md, section 3), shared by the contract apps of all frameworks.
import { AnonymousUser, UserMixin } from '@fetch-login/core'

export class User extends UserMixin {
  readonly id: string
  readonly name: string
  readonly key: string | null
  active: boolean
  state: 'present' | 'deleted' | 'broken' = 'present'
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

/** The anonymous user of the app. */
export class Guest extends AnonymousUser {
  readonly name: string

  constructor(name: string) {
    super()
    this.name = name
  }
}

/** The changes of a user by `POST /users/…`. */
const CHANGES: Readonly<Record<string, (user: User, active: boolean) => void>> = {
  delete: (user) => {
    user.state = 'deleted'
  },
  break: (user) => {
    user.state = 'broken'
  },
  restore: (user) => {
    user.state = 'present'
  },
  rotate: (user) => {
    user.version += 1
  },
  update: (user, active) => {
    user.active = active
  },
}

/** The user table, as after `/test/reset`. */
export class Users {
  #users = createUsers()

  reset(): void {
    this.#users = createUsers()
  }

  findByName(name: string | undefined): User | undefined {
    return this.#users.find((user) => user.name === name)
  }

  /** Changes a user. Returns false if the change or the user does not exist. */
  change(change: string, name: string, active: boolean): boolean {
    const apply = Object.hasOwn(CHANGES, change) ? CHANGES[change] : undefined
    const user = this.findByName(name)
    if (apply === undefined || user === undefined) return false
    apply(user, active)
    return true
  }

  /** Finds a user for a loader. Returns null for a missing or deleted user, and throws for a broken one. */
  find(matches: (user: User) => boolean): User | null {
    const user = this.#users.find((one) => one.state !== 'deleted' && matches(one))
    if (user?.state === 'broken') throw new Error(`the user loader fails for ${user.name}`)
    return user ?? null
  }
}

function createUsers(): User[] {
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
