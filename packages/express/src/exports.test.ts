// The public names of @fetch-login/express. Removing one breaks apps.
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it, vi } from 'vitest'
import * as index from './index'
import * as register from './register'

// The compiler is slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

function getExportNames(file: string, module: object): { values: string[]; types: string[] } {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const program = ts.createProgram([path], { noEmit: true, noLib: true, types: [] })
  const checker = program.getTypeChecker()
  const symbol = checker.getSymbolAtLocation(program.getSourceFile(path) as ts.SourceFile) as ts.Symbol
  const names = checker.getExportsOfModule(symbol).map(({ name }) => name)
  const values = Object.keys(module).toSorted()
  return { values, types: names.filter((name) => !values.includes(name)).toSorted() }
}

it('@fetch-login/express exports these names', () => {
  expect(getExportNames('index.ts', index)).toMatchInlineSnapshot(`
    {
      "types": [
        "ExpressGuard",
        "ExpressLogin",
        "ExpressLoginOptions",
        "ExpressMiddleware",
        "Next",
      ],
      "values": [
        "expressLogin",
      ],
    }
  `)
})

it('@fetch-login/express/types exports only types', () => {
  expect(getExportNames('register.ts', register)).toMatchInlineSnapshot(`
    {
      "types": [
        "Register",
        "Registered",
      ],
      "values": [],
    }
  `)
})
