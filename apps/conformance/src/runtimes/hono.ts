import { createHono } from '../hono'
import { serve } from './server'

await serve(createHono)
