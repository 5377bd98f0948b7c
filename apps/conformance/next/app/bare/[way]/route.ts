import type { NextRequest } from 'next/server'
import { leave } from '../../../ways'

const bare = ({ nextUrl }: NextRequest, context: RouteContext<'/bare/[way]'>) => leave(nextUrl, context)

export { bare as GET, bare as POST }
