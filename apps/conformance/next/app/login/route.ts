import { logIn } from '../../../src/responses'
import { form, json } from '../../form'
import { auth, contract, plain } from '../../login'

export const GET = plain('/login')
export const POST = auth(async (request, auth) => json(await logIn(auth, contract.users, await form(request))))
