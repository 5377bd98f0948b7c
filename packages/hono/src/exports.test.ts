// The public names of @fetch-login/hono. Removing one breaks apps.
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it, vi } from 'vitest'
import * as index from './index'

// The compiler is slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

it('@fetch-login/hono exports these names', () => {
  const file = fileURLToPath(new URL('index.ts', import.meta.url))
  const program = ts.createProgram([file], { noEmit: true, noLib: true, types: [] })
  const checker = program.getTypeChecker()
  const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile) as ts.Symbol
  const names = checker.getExportsOfModule(module).map(({ name }) => name)
  const values = Object.keys(index).toSorted()
  expect({ values, types: names.filter((name) => !values.includes(name)).toSorted() }).toMatchInlineSnapshot(`
    {
      "types": [
        "HonoGuard",
        "HonoGuardMiddleware",
        "HonoLogin",
        "HonoLoginOptions",
      ],
      "values": [
        "honoLogin",
      ],
    }
  `)
})
