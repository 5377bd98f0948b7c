// Reads and runs the code blocks of docs/ that these tests use without changes.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import ts from 'typescript'
import { readPage } from '../../../scripts/docs/blocks'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const require = createRequire(import.meta.url)

/** Returns the code of the only block of a page that is in this language and contains this text. */
export function readBlock(document: string, language: string, text: string): string {
  const found = readPage(ROOT, document).blocks.filter((one) => one.language === language && one.code.includes(text))
  if (found.length !== 1) throw new Error(`${document} has ${found.length} blocks (${language}) with ${text}, not one.`)
  return (found[0] as { code: string }).code
}

/** Returns an nginx block of the page on Node, which names port 3000, for an app on another port. */
export function readNginxBlock(text: string, port: number): string {
  return readBlock('docs/deploy/node.md', 'nginx', text).replaceAll('127.0.0.1:3000', `127.0.0.1:${port}`)
}

/** Runs a block, and returns its variable `name`. */
export function runBlock(code: string, name: string, values: Readonly<Record<string, unknown>>): unknown {
  const { imports = {}, ...names } = values as { imports?: Readonly<Record<string, unknown>> }
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true }
  const { outputText } = ts.transpileModule(`${code}\nexport { ${name} as result }`, { compilerOptions })
  const exported: { result?: unknown } = {}
  const requireModule = (from: string): unknown => imports[from] ?? require(from)
  compileFunction(outputText, ['require', 'exports', ...Object.keys(names)])(
    requireModule,
    exported,
    ...Object.values(names),
  )
  return exported.result
}
