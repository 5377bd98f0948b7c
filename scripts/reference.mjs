// node scripts/reference.mjs [root]
// Writes docs/reference from the docstrings of core, and reports options, errors, events and reasons without text.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createReference } from './docs/reference.mjs'

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)))
const { pages, problems } = createReference(root)
for (const problem of problems) console.error(problem)
mkdirSync(join(root, 'docs/reference'), { recursive: true })
for (const [name, text] of pages) writeFileSync(join(root, 'docs/reference', name), text)
process.exitCode = problems.length === 0 ? 0 : 1
