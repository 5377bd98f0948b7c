import { logOut } from '../../../src/answers'
import { auth } from '../../login'

export const POST = auth(async (_, auth) => Response.json(await logOut(auth)))
