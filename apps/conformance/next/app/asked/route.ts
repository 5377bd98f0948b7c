import type { NextRequest } from 'next/server'

/** Responds with the URL that Next.js passes to a route handler, without the library. */
export const GET = ({ url }: NextRequest) => Response.json({ url })
