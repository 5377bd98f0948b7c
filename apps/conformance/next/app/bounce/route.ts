import { bounce } from '../../../src/responses'
import { form, json } from '../../form'
import { auth, contract } from '../../login'

export const POST = auth(async (request, auth) => json(await bounce(auth, contract.users, await form(request))))
