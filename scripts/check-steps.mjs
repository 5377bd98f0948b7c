// node scripts/check-steps.mjs [tsconfig]
// Steps that nobody takes do nothing, and no compiler says so: a session that is not written, a listener that is not told.
// So each call that gives some is the operand of `yield*`, or is handed on whole by the function it stands in.
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const config = resolve(
  process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '../packages/core/tsconfig.json'),
)
const { options, fileNames } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(config, ts.sys.readFile).config,
  ts.sys,
  dirname(config),
)
const program = ts.createProgram(fileNames, { ...options, noEmit: true })
const checker = program.getTypeChecker()
const forgotten = []
let taken = 0

for (const file of program.getSourceFiles()) if (!file.isDeclarationFile) visit(file, file)
for (const place of forgotten) console.error(`${place}\n    way out: write yield* before it`)
console.log(`steps: ${taken} taken, ${forgotten.length} forgotten`)
if (taken === 0) console.error('steps: nothing was looked at')
process.exitCode = forgotten.length === 0 && taken > 0 ? 0 : 1

function visit(node, file) {
  if (ts.isCallExpression(node) && isSteps(node)) {
    if (isTaken(node)) taken++
    else forgotten.push(placeOf(node, file))
  }
  ts.forEachChild(node, (child) => visit(child, file))
}

function isSteps(node) {
  return areSteps(checker.getTypeAtLocation(node))
}

function areSteps(type) {
  return type.isUnion() ? type.types.some(areSteps) : type.getSymbol()?.getName() === 'Generator'
}

function isTaken(node) {
  let { parent } = node
  while (ts.isParenthesizedExpression(parent) || ts.isConditionalExpression(parent)) parent = parent.parent
  if (ts.isYieldExpression(parent)) return parent.asteriskToken !== undefined
  // A constant of the module, which says what it is.
  if (ts.isVariableDeclaration(parent)) return parent.type !== undefined && ts.isSourceFile(parent.parent.parent.parent)
  return isAskedFor(parent) || isHandedOn(parent) || isDriven(parent)
}

/** An arrow function is called by whoever asks for one that gives steps. */
function isAskedFor(parent) {
  if (!ts.isArrowFunction(parent)) return false
  const signatures = checker.getContextualType(parent)?.getCallSignatures() ?? []
  return signatures.length > 0 && signatures.every(({ declaration }) => givesSteps(declaration))
}

/** By its own words: what a generic function makes of its type parameters is nobody's promise to take steps. */
function givesSteps(declaration) {
  return declaration?.type !== undefined && areSteps(checker.getTypeFromTypeNode(declaration.type))
}

/** What a function that takes no steps itself returns is taken by its caller. */
function isHandedOn(parent) {
  if (!ts.isReturnStatement(parent)) return false
  return ts.findAncestor(parent, ts.isFunctionLike)?.asteriskToken === undefined
}

function isDriven(parent) {
  return ts.isCallExpression(parent) && parent.expression.getText() === 'runTask'
}

function placeOf(node, file) {
  const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
  return `${relative(process.cwd(), file.fileName)}:${line + 1}  ${node.getText(file).split('\n')[0]} gives steps that nobody takes`
}
