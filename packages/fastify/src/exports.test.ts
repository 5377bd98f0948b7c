// The public names of @fetch-login/fastify. Removing one breaks apps.
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it, vi } from 'vitest'
import * as index from './index'
import * as register from './register'

// The compiler is slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const getExportNames = (entryPoint: string, module: object): { values: string[]; types: string[] } => {
  const file = fileURLToPath(new URL(`${entryPoint}.ts`, import.meta.url))
  const program = ts.createProgram([file], { noEmit: true, noLib: true, types: [] })
  const checker = program.getTypeChecker()
  const symbol = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile) as ts.Symbol
  const names = checker.getExportsOfModule(symbol).map(({ name }) => name)
  const values = Object.keys(module).toSorted()
  return { values, types: names.filter((name) => !values.includes(name)).toSorted() }
}

it('@fetch-login/fastify exports these names', () => {
  expect(getExportNames('index', index)).toMatchInlineSnapshot(`
    {
      "types": [
        "AnyReply",
        "AnyRequest",
        "FastifyGuard",
        "FastifyGuardHook",
        "FastifyLogin",
        "FastifyLoginOptions",
      ],
      "values": [
        "fastifyLogin",
      ],
    }
  `)
})

it('@fetch-login/fastify/types exports only types', () => {
  expect(getExportNames('register', register)).toMatchInlineSnapshot(`
    {
      "types": [
        "Register",
        "Registered",
      ],
      "values": [],
    }
  `)
})
