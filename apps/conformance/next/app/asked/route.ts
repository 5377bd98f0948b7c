import type { NextRequest } from 'next/server'

/** What Next.js makes of the address that was asked for, with nothing of ours. */
export const GET = ({ url }: NextRequest) => Response.json({ url })
