#!/usr/bin/env node
// Starts a contract app: node apps/conformance/start.mjs hono (after the build; PORT and CONFORMANCE_PROFILE as in the contract).
const ADAPTERS = ['hono']
const adapter = process.argv[2]
if (!ADAPTERS.includes(adapter)) {
  console.error(`start.mjs: name one of ${ADAPTERS.join(', ')}`)
  process.exit(2)
}
await import(new URL(`./dist/${adapter}.js`, import.meta.url).href)
