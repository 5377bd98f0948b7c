// Replaces `next/headers`, which provides the headers and the cookie store of the current request:
// `vi.mock('next/headers', () => import('../testing/next-headers'))`.
import { vi } from 'vitest'

/** The request whose headers `headers()` returns. */
export const current = { headers: new Headers() }
export const cookieStore = { set: vi.fn() }
export const headers = vi.fn(async () => current.headers)
export const cookies = async () => cookieStore
