import { logOut } from '../../../src/responses'
import { auth } from '../../login'

export const POST = auth(async (_, auth) => Response.json(await logOut(auth)))
