// `pnpm docs:api`: writes docs/api from the docstrings.
import { fileURLToPath } from 'node:url'
import { createApiDocs, getEntryPoints } from './docs/api.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const { problems } = await createApiDocs(root, getEntryPoints(root), `${root}docs/api`)
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
