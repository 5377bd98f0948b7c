// node scripts/check-tasks.mjs [tsconfig]
// A task that is not run has no effect, and the compiler does not report it. For example, a session is not written. So each
// call that returns a task must be the operand of `yield*`, or be returned by its function.
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
const notRun = []
let used = 0

for (const file of program.getSourceFiles()) if (!file.isDeclarationFile) visit(file, file)
for (const place of notRun) console.error(`${place}\n    remedy: write yield* before it`)
console.log(`tasks: ${used} used, ${notRun.length} not run`)
if (used === 0) console.error('tasks: no call was found')
process.exitCode = notRun.length === 0 && used > 0 ? 0 : 1

function visit(node, file) {
  if (ts.isCallExpression(node) && isTaskCall(node)) {
    if (isUsed(node)) used++
    else notRun.push(formatPlace(node, file))
  }
  ts.forEachChild(node, (child) => visit(child, file))
}

function isTaskCall(node) {
  return isTask(checker.getTypeAtLocation(node))
}

function isTask(type) {
  return type.isUnion() ? type.types.some(isTask) : type.getSymbol()?.getName() === 'Generator'
}

function isUsed(node) {
  let { parent } = node
  while (ts.isParenthesizedExpression(parent) || ts.isConditionalExpression(parent)) parent = parent.parent
  if (ts.isYieldExpression(parent)) return parent.asteriskToken !== undefined
  // A constant of the module with a type annotation, such as DONE.
  if (ts.isVariableDeclaration(parent)) return parent.type !== undefined && ts.isSourceFile(parent.parent.parent.parent)
  return isCallback(parent) || isReturned(parent) || isRun(parent)
}

/** Returns whether a call is the body of an arrow function whose expected type returns a task. */
function isCallback(parent) {
  if (!ts.isArrowFunction(parent)) return false
  const signatures = checker.getContextualType(parent)?.getCallSignatures() ?? []
  return signatures.length > 0 && signatures.every(({ declaration }) => returnsTask(declaration))
}

/** Returns whether the declared return type is a task. A type parameter that becomes a task does not count. */
function returnsTask(declaration) {
  return declaration?.type !== undefined && isTask(checker.getTypeFromTypeNode(declaration.type))
}

/** Returns whether a function that is not a task returns the call, so that its caller runs the task. */
function isReturned(parent) {
  if (!ts.isReturnStatement(parent)) return false
  return ts.findAncestor(parent, ts.isFunctionLike)?.asteriskToken === undefined
}

function isRun(parent) {
  return ts.isCallExpression(parent) && parent.expression.getText() === 'runTask'
}

function formatPlace(node, file) {
  const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
  return `${relative(process.cwd(), file.fileName)}:${line + 1}  ${node.getText(file).split('\n')[0]} returns a task that is not run`
}
