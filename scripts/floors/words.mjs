// Rules 3, 4, 6 and 7: who may say what. Looks at the parsed code, so comments and strings say nothing.
import ts from 'typescript'
import { ADAPTER_LINES, DOMAIN_WORD, ERROR_NAME, floor, room, STATE_WORDS, STORES } from './plan.mjs'

export function checkPlace(house, module) {
  const core = module.pkg === 'core'
  if (core && !module.test && floor(module.rel) === undefined) {
    const wayOut = 'put it into base/, state/, wire/ or flow/, or give it a floor in scripts/floors/plan.mjs'
    house.report(module, null, 1, `${module.rel} stands on no floor`, wayOut)
  }
  const lines = module.text.trimEnd().split('\n').length
  if (!core && !STORES.has(module.pkg) && !module.test && lines > ADAPTER_LINES) {
    const wayOut = 'an adapter translates and never decides: move the decision into core'
    house.report(module, null, 6, `${lines} lines, where ${ADAPTER_LINES} are the most`, wayOut)
  }
}

// The checks that every node of this module goes through. Each answers [rule, what, way out] or nothing.
export function wordChecks({ pkg, rel, test }) {
  const core = pkg === 'core'
  if (test) return []
  return [
    core && room(rel) === 'state' && stateWord,
    core && room(rel) === 'base' && domainWord(rel),
    core && nodeGlobal,
    // The test client is a browser: it writes the headers of requests.
    core && rel !== 'flow/commit.ts' && rel !== 'testing.ts' && rel !== 'node.ts' && headerWrite,
    !(core && rel === 'base/clock.ts') && clockReading,
    !(core && rel === 'base/random.ts') && randomDraw,
  ].filter(Boolean)
}

function stateWord(node) {
  const word = ts.isIdentifier(node) ? node.text : isAwait(node) ? 'await' : ''
  if (!STATE_WORDS.has(word)) return undefined
  return [3, `state/ says ${word}`, 'state is pure and synchronous: let flow/ find it out and hand in the value']
}

const isAwait = (node) => ts.isAwaitExpression(node) || node.kind === ts.SyntaxKind.AwaitKeyword

function domainWord(rel) {
  return (node) => {
    if (!ts.isIdentifier(node) || (rel === 'base/errors.ts' && ERROR_NAME.test(node.text))) return undefined
    const words = node.text.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []
    const word = words.find((part) => DOMAIN_WORD.test(part))
    if (word === undefined) return undefined
    return [3, `base/ says ${node.text}`, `name it by its shape, or move it to the room that knows '${word}'`]
  }
}

function nodeGlobal(node) {
  if (!ts.isIdentifier(node) || !/^(process|Buffer|__dirname|__filename)$/.test(node.text)) return undefined
  if (isOwnName(node)) return undefined
  return [4, `core says ${node.text}`, 'take it as an option; bytes are Uint8Array']
}

// In `queue.process()` and `{ process: 1 }` it is somebody's own name; in `globalThis.process` it is Node's.
function isOwnName(node) {
  const { parent } = node
  if (parent.name !== node) return false
  if (!ts.isPropertyAccessExpression(parent))
    return ts.isClassElement(parent) || ts.isTypeElement(parent) || ts.isPropertyAssignment(parent)
  return !/^(globalThis|global|self)$/.test(parent.expression.getText())
}

function headerWrite(node) {
  const wayOut = 'hand the change to flow/commit.ts, which writes all headers'
  if (ts.isStringLiteralLike(node) && /^set-cookie$/i.test(node.text)) return [7, "names 'set-cookie'", wayOut]
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined
  const { name, expression } = node.expression
  const onHeaders = /^(append|set|delete)$/.test(name.text) && /headers$/i.test(expression.getText())
  const byServer = /^(setHeader|appendHeader|writeHead)$/.test(name.text)
  return onHeaders || byServer ? [7, `writes a header: ${name.text}()`, wayOut] : undefined
}

function clockReading(node) {
  const now = isMember(node, /(^|\.)(Date|performance)$/, 'now')
  const bare = (ts.isNewExpression(node) || ts.isCallExpression(node)) && /(^|\.)Date$/.test(node.expression.getText())
  if (!now && !(bare && !node.arguments?.length)) return undefined
  return [7, `reads the clock: ${node.getText()}`, 'take the time as an argument: base/clock.ts alone reads it']
}

function randomDraw(node) {
  const draws = ts.isIdentifier(node) && /^(getRandomValues|randomUUID|randomBytes)$/.test(node.text)
  if (!draws && !isMember(node, /(^|\.)Math$/, 'random')) return undefined
  return [7, `draws by chance: ${node.getText()}`, 'take the bytes as an argument: base/random.ts alone draws them']
}

function isMember(node, object, name) {
  return ts.isPropertyAccessExpression(node) && node.name.text === name && object.test(node.expression.getText())
}
