import { keptNext } from '../../../../src/answers'
import { auth } from '../../../login'

export const GET = auth(async (_, auth) => Response.json(await keptNext(auth)))
