import { createFetch } from '../fetch'
import { worker } from './worker'

export default worker(createFetch)
