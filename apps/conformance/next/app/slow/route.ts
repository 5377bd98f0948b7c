import { slow } from '../../../src/responses'
import { auth } from '../../login'

export const GET = auth(async ({ nextUrl }, auth) => Response.json(await slow(auth, nextUrl.searchParams.get('ms'))))
