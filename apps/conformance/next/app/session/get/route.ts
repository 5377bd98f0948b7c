import { getData } from '../../../../src/responses'
import { auth } from '../../../login'

export const GET = auth(async ({ nextUrl }, auth) =>
  Response.json(await getData(auth, nextUrl.searchParams.get('key'))),
)
