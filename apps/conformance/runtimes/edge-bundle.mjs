// Bundles core and the Hono adapter for an edge runtime, and finds the names in it that only Node has. It searches the
// parsed code, because messages and comments may contain these names.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import ts from 'typescript'
import { bundleWorker } from './worker.mjs'

const NODE_ONLY = new Set(['process', 'Buffer', 'require', '__dirname', '__filename', 'setImmediate'])
const SOURCE = `export * from '@fetch-login/core'
export * from '@fetch-login/hono'
`

/** Returns the size in bytes, plain and gzipped, and the names that an edge runtime does not have. */
export async function inspectEdgeBundle(folder, source = SOURCE) {
  const to = join(folder, 'edge')
  if (!existsSync(to)) mkdirSync(to)
  writeFileSync(join(folder, 'edge.mjs'), source)
  const { inputs } = await bundleWorker(join(folder, 'edge.mjs'), to)
  const text = readFileSync(join(to, 'worker.js'), 'utf8')
  return {
    modules: Object.keys(inputs).length,
    bytes: text.length,
    gzipped: gzipSync(text).length,
    nodeNames: findNodeNames(text),
  }
}

/** Returns the names that only Node has, free or as globals, and each remaining import. */
export function findNodeNames(text) {
  const found = new Set()
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) found.add(`import ${node.moduleSpecifier.text}`)
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) found.add('import()')
    if (ts.isIdentifier(node) && NODE_ONLY.has(node.text) && !isOwnName(node)) found.add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('worker.js', text, ts.ScriptTarget.Latest, true))
  return [...found]
}

/** Returns whether a name belongs to the app: `x.process` is a property of x, unless x is the global object. */
function isOwnName({ parent, text }) {
  if (ts.isPropertyAccessExpression(parent) && parent.name.text === text)
    return !['globalThis', 'global', 'self'].includes(parent.expression.getText())
  return (ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent)) && parent.name.getText() === text
}
