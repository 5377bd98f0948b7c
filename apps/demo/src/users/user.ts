export interface User {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: Role
  /** Fetch-Login looks at this: who is not active is not logged in. */
  readonly isActive: boolean
  /** Every login carries it. It is counted up to end all of them. */
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
