import { randomBytes } from 'node:crypto'
import type { NextConfig } from 'next'

// Where no secret is set, one of this process: logins end with it.
process.env.LOGIN_SECRET ??= randomBytes(32).toString('base64url')

export default { poweredByHeader: false } satisfies NextConfig
