// What the packages export, by the compiler: the names behind each door, and the members of every type they name.
import ts from 'typescript'
import { doorsIn } from './api.mjs'
import { optionsOf } from './typecheck'

/** Every exported name, and every member of an exported type, however deep, that a package of ours declares. */
export function publicNames(root: string): ReadonlySet<string> {
  const doors = [...doorsIn(root).values()]
  const program = ts.createProgram(doors, optionsOf(root))
  const checker = program.getTypeChecker()
  const names = new Set<string>()
  const seen = new Set<ts.Type>()
  for (const door of doors) {
    const source = program.getSourceFile(door)
    const module = source && checker.getSymbolAtLocation(source)
    for (const exported of module ? checker.getExportsOfModule(module) : []) {
      names.add(exported.name)
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      visit(checker.getDeclaredTypeOfSymbol(symbol))
      if (symbol.valueDeclaration) visit(checker.getTypeOfSymbol(symbol))
    }
  }
  return names

  function visit(type: ts.Type): void {
    if (seen.has(type)) return
    seen.add(type)
    if (type.isUnionOrIntersection()) type.types.forEach(visit)
    for (const signature of type.getCallSignatures()) {
      visit(signature.getReturnType())
      for (const parameter of signature.getParameters()) visit(checker.getTypeOfSymbol(parameter))
    }
    if (isReference(type)) checker.getTypeArguments(type).forEach(visit)
    for (const member of type.getProperties()) {
      if (!member.declarations?.some(isOurs)) continue
      names.add(member.name)
      visit(checker.getTypeOfSymbol(member))
    }
  }
}

function isReference(type: ts.Type): type is ts.TypeReference {
  return ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference) !== 0
}

function isOurs(declaration: ts.Declaration): boolean {
  const { fileName } = declaration.getSourceFile()
  return fileName.includes('/packages/') && !fileName.includes('/node_modules/')
}
