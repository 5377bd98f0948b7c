import { auth } from '../../login'

export const GET = auth((_, auth) => auth.needsRefresh())
