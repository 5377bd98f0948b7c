// The users of the app, and the managers that all fixtures share.
import { type AnonymousUser, createLoginManager } from '@fetch-login/core'

export interface User {
  readonly id: string
  readonly name: string
  readonly role: 'admin' | 'reader'
}

export interface Employee {
  readonly id: number
  readonly department: string
}

declare const users: { find(id: string): Promise<User | null> }
declare const employees: { find(id: string): Employee | undefined }
declare const anonymousEmployee: AnonymousUser

export const secrets = process.env.LOGIN_SECRET

export const manager = createLoginManager({ loadUser: (id) => users.find(id), secrets, loginView: '/login' })

export const staffManager = createLoginManager({
  loadUser: (id) => employees.find(id),
  secrets,
  anonymousUser: () => anonymousEmployee,
  session: { cookie: { name: '__Host-staff' } },
})

/** The bindings that a Worker receives with each request. */
export interface Env {
  readonly LOGIN_SECRET: string
  readonly USERS: { get(id: string): Promise<User | null> }
}
