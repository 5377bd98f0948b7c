import { loginRequired } from '../../../login'

export const GET = loginRequired((_request, user) => Response.json({ id: user.id }))
