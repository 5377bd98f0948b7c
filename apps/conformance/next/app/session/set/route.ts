import { setData } from '../../../../src/responses'
import { form } from '../../../form'
import { auth } from '../../../login'

export const POST = auth(async (request, auth) => Response.json(await setData(auth, await form(request))))
