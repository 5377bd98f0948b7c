import { plain } from '../../login'

export const GET = plain('/static')
