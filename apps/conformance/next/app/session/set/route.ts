import { setData } from '../../../../src/answers'
import { form } from '../../../form'
import { auth } from '../../../login'

export const POST = auth(async (request, auth) => Response.json(await setData(auth, await form(request))))
