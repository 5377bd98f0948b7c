#!/usr/bin/env node
// Plays the kit against the contract app of one adapter: node apps/conformance/check.mjs hono (after the build).
// What differs from Flask-Login must be in deviations.json, step by step; what is left out is said.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { adapterOf } from './adapters.mjs'
import { run } from './kit/run.mjs'

const SKIPPED = {
  interop: "forges cookies in Flask's own wire formats, which this library does not read (design, section 4)",
}

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const adapter = adapterOf(process.argv, 'check.mjs')
for (const [theme, reason] of Object.entries(SKIPPED)) {
  const { scenarios } = JSON.parse(readFileSync(here(`kit/scenarios/${theme}.json`), 'utf8'))
  console.log(`skipped: theme ${theme} (${scenarios.length} scenarios): ${reason}`)
}
const list = ['--deviations', here('deviations.json'), '--skip', Object.keys(SKIPPED).join()]
await run(['--check', ...list, '--cmd', `exec '${process.execPath}' '${here('start.mjs')}' ${adapter}`])
