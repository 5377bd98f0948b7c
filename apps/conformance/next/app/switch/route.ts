import { switchUser } from '../../../src/responses'
import { form, json } from '../../form'
import { auth, contract } from '../../login'

export const POST = auth(async (request, auth) => json(await switchUser(auth, contract.users, await form(request))))
