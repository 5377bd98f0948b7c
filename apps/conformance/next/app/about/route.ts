import { contract } from '../../login'

export const GET = () => Response.json(contract.about('next'))
