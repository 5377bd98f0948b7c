#!/usr/bin/env node
// Starts a contract app: node apps/conformance/start.mjs hono (after the build; PORT and CONFORMANCE_PROFILE as in the contract).
import { ADAPTERS, parseAdapter } from './adapters.mjs'

await import(new URL(ADAPTERS[parseAdapter(process.argv, 'start.mjs')], import.meta.url).href)
