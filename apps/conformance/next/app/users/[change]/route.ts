import { form, json } from '../../../form'
import { contract } from '../../../login'

export async function POST(request: Request, { params }: RouteContext<'/users/[change]'>) {
  return json(contract.change((await params).change, await form(request)))
}
