// Reads forms, and creates responses, as the contract describes them.
import type { NextRequest } from 'next/server'
import { type Form, granted as grant, type RouteResponse } from '../src/responses'
import type { User } from '../src/users'

export async function form(request: Request): Promise<Form> {
  return Object.fromEntries(await request.formData())
}

export function json({ status, body }: RouteResponse): Response {
  return Response.json(body, { status })
}

/** Responds behind a guard. The guard lets OPTIONS through without a user, as Flask-Login does. */
export function granted({ method }: NextRequest, user: User | undefined): Response {
  return Response.json(user === undefined ? { options: true } : grant(method, { user }))
}
