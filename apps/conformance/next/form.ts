// What comes into a route handler and leaves it, in the words of the contract.
import type { NextRequest } from 'next/server'
import { type Answer, type Form, granted as grant } from '../src/answers'
import type { User } from '../src/users'

export async function form(request: Request): Promise<Form> {
  return Object.fromEntries(await request.formData())
}

export function json({ status, body }: Answer): Response {
  return Response.json(body, { status })
}

/** The answer behind a guard. */
export function granted({ method }: NextRequest, user: User): Response {
  return Response.json(grant(method, { user }))
}
