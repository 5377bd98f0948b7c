// The rules of the house, as CONTRIBUTING.md has them, asked of every module under packages/*/src.
import { House, walk } from './house.mjs'
import { checkCycles, checkImport, specifierOf } from './imports.mjs'
import { checkPlace, wordChecks } from './words.mjs'

/** @param {string} root */
export function checkFloors(root) {
  const house = new House(root)
  for (const module of house.modules) {
    checkPlace(house, module)
    const checks = wordChecks(module)
    walk(module.source, (node) => {
      const specifier = specifierOf(node)
      if (specifier !== undefined) checkImport(house, module, specifier)
      for (const check of checks) {
        const found = check(node)
        if (found !== undefined) house.report(module, node, ...found)
      }
    })
  }
  checkCycles(house)
  return { modules: house.modules.length, imports: house.imports, problems: house.problems }
}
