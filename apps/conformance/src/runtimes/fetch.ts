import { createFetch } from '../fetch'
import { serve } from './server'

await serve(createFetch)
