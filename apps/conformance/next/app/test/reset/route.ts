import { contract } from '../../../login'

export const POST = () => Response.json(contract.reset())
