// The public names of @fetch-login/fastify: one that is gone breaks an app, and a new one is a promise.
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it, vi } from 'vitest'
import * as index from './index'
import * as register from './register'

// The compiler is slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const namesOf = (door: string, module: object): { values: string[]; types: string[] } => {
  const file = fileURLToPath(new URL(`${door}.ts`, import.meta.url))
  const program = ts.createProgram([file], { noEmit: true, noLib: true, types: [] })
  const checker = program.getTypeChecker()
  const symbol = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile) as ts.Symbol
  const names = checker.getExportsOfModule(symbol).map(({ name }) => name)
  const values = Object.keys(module).toSorted()
  return { values, types: names.filter((name) => !values.includes(name)).toSorted() }
}

it('exports these names', () => {
  expect(namesOf('index', index)).toMatchInlineSnapshot(`
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

it('exports these names from the entry point for types', () => {
  expect(namesOf('register', register)).toMatchInlineSnapshot(`
    {
      "types": [
        "Register",
        "Registered",
      ],
      "values": [],
    }
  `)
})
