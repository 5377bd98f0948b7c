import { randomBytes } from 'node:crypto'
import type { NextConfig } from 'next'

// If no secret is set, this process uses a random one, and logins end with the process.
process.env.LOGIN_SECRET ??= randomBytes(32).toString('base64url')

export default { poweredByHeader: false } satisfies NextConfig
