import { notes } from '../../../login'

export async function POST(): Promise<Response> {
  return Response.json(notes)
}

export async function DELETE(): Promise<Response> {
  Object.assign(notes, { loads: 0, late: null })
  return Response.json({})
}
