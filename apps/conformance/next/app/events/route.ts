import { contract } from '../../login'

export const GET = () => Response.json(contract.events.take())
