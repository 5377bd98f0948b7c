export interface User {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: Role
  /** Fetch-Login reads this: an inactive user is not logged in. */
  readonly isActive: boolean
  /** The session stamp. Every login contains it; incrementing it ends all logins of the user. */
  readonly stamp: number
  /** Epoch seconds. */
  readonly createdAt: number
  /** Epoch seconds, null before the first login. */
  readonly lastLoginAt: number | null
}

export type Role = 'user' | 'admin'

export function isAdmin({ role }: User): boolean {
  return role === 'admin'
}
