import { whoami } from '../../../src/responses'
import { auth } from '../../login'

export const GET = auth(async (_, auth) => Response.json(await whoami(auth)))
