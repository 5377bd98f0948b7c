// Rules 1, 2, 4 and 5: who may know whom. Types count like anything else.
import ts from 'typescript'
import { DOOR, floor, OUTSIDE, room, SUBPATHS } from './plan.mjs'

// The literal that names another module, in each of the ways there are to name one.
export function specifierOf(node) {
  const literal = namedBy(node)
  return literal !== undefined && ts.isStringLiteralLike(literal) ? literal : undefined
}

function namedBy(node) {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal
  if (ts.isExternalModuleReference(node)) return node.expression
  if (!ts.isCallExpression(node)) return undefined
  const called = node.expression
  const loads = called.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(called) && called.text === 'require')
  return loads ? node.arguments[0] : undefined
}

export function checkImport(house, module, node) {
  house.imports += 1
  const specifier = node.text
  if (specifier.startsWith('.')) checkRelative(house, module, node, specifier)
  else if (module.pkg !== 'core') checkDoor(house, module, node, specifier)
  else if (!module.test) checkOutside(house, module, node, specifier)
}

function checkRelative(house, module, node, specifier) {
  if (house.isTestTool(module, specifier)) return
  const to = house.find(module, specifier)
  if (house.leavesPackage(module, specifier)) {
    house.report(module, node, 5, `'${specifier}' leaves the package`, "import the other package's public name")
  } else if (to === undefined) {
    house.report(module, node, 1, `'${specifier}' is no module`, 'name a file that is there')
  } else {
    module.edges.push({ to, node })
    if (module.pkg === 'core') checkFloors(house, module, node, to)
  }
}

function checkFloors(house, module, node, to) {
  const complain = (rule, what, wayOut) =>
    house.report(module, node, rule, `${module.rel} imports ${to.rel}, ${what}`, wayOut)
  const rooms = new Set([room(module.rel), room(to.rel)])
  if (to.test) {
    complain(1, 'a test', 'move what both need into a module')
  } else if (rooms.has('state') && rooms.has('wire')) {
    complain(2, 'the room next door', 'join the two in flow/, or put what both need into base/')
  } else if (module.test && (room(module.rel) === '' || floor(to.rel) === DOOR)) {
    // A test may use the library as its users do, and one that stands beside the doors may look anywhere.
  } else if (floor(to.rel) > floor(module.rel)) {
    complain(1, 'a floor above', 'move what is needed down, or hand it in as an argument')
  } else if (SUBPATHS.has(to.rel) && !module.test && module.rel !== 'testing.ts') {
    complain(4, 'a subpath of its own', 'who wants it imports that subpath: take what it makes as an option')
  }
}

function checkOutside(house, module, node, specifier) {
  const known = OUTSIDE.find((entry) => entry.name.test(specifier))
  if (/^@fetch-login\/core(\/|$)/.test(specifier)) {
    house.report(module, node, 1, 'core imports itself by name', 'import the file, down a floor')
  } else if (known === undefined) {
    const wayOut = 'core speaks Fetch API only: leave it to an adapter, or take it as an option'
    house.report(module, node, 4, `core imports '${specifier}'`, wayOut)
  } else if (!known.at.test(module.rel)) {
    const wayOut = `it belongs in ${known.where}: call what is offered there`
    house.report(module, node, 4, `${module.rel} imports '${specifier}'`, wayOut)
  }
}

function checkDoor(house, module, node, specifier) {
  if (!specifier.startsWith('@fetch-login/')) return
  if (!/^@fetch-login\/core(\/|$)/.test(specifier)) {
    const wayOut = 'adapters and stores know core alone: what two of them need belongs there'
    house.report(module, node, 5, `imports '${specifier}'`, wayOut)
  } else if (!house.publicNamesOfCore().has(specifier)) {
    const wayOut = "import '@fetch-login/core', and have the name exported there"
    house.report(module, node, 5, `'${specifier}' is no public door of core`, wayOut)
  } else if (specifier.endsWith('/testing') && !module.test) {
    house.report(module, node, 5, 'imports the test client', 'only a *.test.ts may')
  }
}

// Depth first; an edge back to where we came from closes a circle.
export function checkCycles(house) {
  const done = new Set()
  const path = []
  const visit = (module) => {
    path.push(module)
    for (const { to, node } of module.edges) {
      const start = path.indexOf(to)
      if (start >= 0) {
        const circle = [...path.slice(start), to].map((step) => step.rel).join(' -> ')
        house.report(module, node, 1, `a cycle: ${circle}`, 'move what both need into a module below them')
      } else if (!done.has(to)) {
        visit(to)
      }
    }
    path.pop()
    done.add(module)
  }
  for (const module of house.modules) if (!done.has(module)) visit(module)
}
