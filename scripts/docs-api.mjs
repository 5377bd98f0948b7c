// `pnpm docs:api`: writes docs/api out of the docstrings.
import { fileURLToPath } from 'node:url'
import { apiDocs, doorsIn } from './docs/api.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const { problems } = await apiDocs(root, doorsIn(root), `${root}docs/api`)
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
