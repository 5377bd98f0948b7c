import { createHono } from '../hono'
import { worker } from './worker'

export default worker(createHono)
