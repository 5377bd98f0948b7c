// Reads the public names of the packages by the compiler: the exported names, and the members of the exported types.
import ts from 'typescript'
import { getEntryPoints } from './api.mjs'
import { readCompilerOptions } from './typecheck'

/** Returns each exported name, and each member at any depth of an exported type that our packages declare. */
export function getPublicNames(root: string): ReadonlySet<string> {
  const sources = [...getEntryPoints(root).values()]
  const program = ts.createProgram(sources, readCompilerOptions(root))
  const checker = program.getTypeChecker()
  const names = new Set<string>()
  const seen = new Set<ts.Type>()
  for (const path of sources) {
    const source = program.getSourceFile(path)
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
