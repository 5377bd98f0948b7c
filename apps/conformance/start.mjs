#!/usr/bin/env node
// Starts a contract app: node apps/conformance/start.mjs hono (after the build; PORT and CONFORMANCE_PROFILE as in the contract).
import { adapterOf } from './adapters.mjs'

const adapter = adapterOf(process.argv, 'start.mjs')
await import(new URL(`./dist/${adapter}.js`, import.meta.url).href)
