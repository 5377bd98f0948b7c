import { withLoginRequired } from '../../../login'

export const GET = withLoginRequired((_request, user) => Response.json({ id: user.id }))
