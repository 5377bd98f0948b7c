// The public names, all of them: a name that is gone breaks an app, and a new one is a promise. Whoever changes this
// list changes the version.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it, vi } from 'vitest'
import * as adapter from '../src/adapter'
import * as context from '../src/context'
import * as encrypted from '../src/encrypted'
import * as index from '../src/index'
import * as jwt from '../src/jwt'
import * as node from '../src/node'
import * as testing from '../src/testing'

// A compiler, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

const doors: Readonly<Record<string, object>> = { index, adapter, testing, encrypted, jwt, context, node }

const fileOf = (door: string): string => fileURLToPath(new URL(`../src/${door}.ts`, import.meta.url))
const program = ts.createProgram(Object.keys(doors).map(fileOf), {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.Preserve,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  noEmit: true,
  noLib: true,
  types: [],
})

interface Names {
  readonly values: readonly string[]
  readonly types: readonly string[]
}

function namesOf(door: string): Names {
  const checker = program.getTypeChecker()
  const module = checker.getSymbolAtLocation(program.getSourceFile(fileOf(door)) as ts.SourceFile) as ts.Symbol
  const names = checker.getExportsOfModule(module).map((symbol) => {
    const isTypeOnly = symbol.declarations?.some(
      (one) => ts.isExportSpecifier(one) && ts.isTypeOnlyExportDeclaration(one),
    )
    const real = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    return { name: symbol.name, isValue: !isTypeOnly && (real.flags & ts.SymbolFlags.Value) !== 0 }
  })
  const sorted = (isValue: boolean): string[] =>
    names
      .filter((one) => one.isValue === isValue)
      .map(({ name }) => name)
      .toSorted()
  return { values: sorted(true), types: sorted(false) }
}

describe('the entry points of @fetch-login/core', () => {
  it('are those of the manifest', () => {
    const manifest = JSON.parse(readFileSync(fileURLToPath(new URL('../package.json', import.meta.url)), 'utf8'))
    expect(Object.keys(manifest.exports).map((key) => key.slice(2) || 'index')).toEqual(Object.keys(doors))
  })

  it.each(Object.entries(doors))('%s exports at run time the names of its types', (door, module) => {
    expect(Object.keys(module).toSorted()).toEqual(namesOf(door).values)
  })

  it('give these names: index', () => {
    expect(namesOf('index')).toMatchInlineSnapshot(`
      {
        "types": [
          "AnonymousGuardOptions",
          "AnonymousReason",
          "ApiKeyPlace",
          "AreaOptions",
          "Assurance",
          "Audience",
          "Auth",
          "Awaitable",
          "ChallengeOptions",
          "ClientPart",
          "Clock",
          "ConfirmOptions",
          "CookieListener",
          "CookieOptions",
          "CsrfMode",
          "CsrfOptions",
          "CsrfReason",
          "CurrentLogin",
          "Decision",
          "Ended",
          "EndedLogin",
          "FindUser",
          "Flash",
          "FreshnessPolicy",
          "Guard",
          "GuardOptions",
          "GuardOutcome",
          "HeaderView",
          "Json",
          "KeepData",
          "Key",
          "Keyring",
          "Listener",
          "LoaderNote",
          "Localizer",
          "LoginErrorCode",
          "LoginEvent",
          "LoginEventName",
          "LoginEvents",
          "LoginManager",
          "LoginManagerOptions",
          "LoginOptions",
          "LoginWarning",
          "LogoutOptions",
          "ManagerSource",
          "OpenOptions",
          "OpenedToken",
          "OptionProblem",
          "Policy",
          "ProtectionMode",
          "Random",
          "Refusal",
          "RefusalHandler",
          "RefusalReason",
          "Refused",
          "RememberOptions",
          "RequestLoader",
          "RequestLoaderOption",
          "RequestSource",
          "RequestView",
          "SameSite",
          "Secrets",
          "SessionCodec",
          "SessionData",
          "SessionFacts",
          "SessionOptions",
          "TokenCodec",
          "TokenProblem",
          "View",
          "WithLoginOptions",
        ],
        "values": [
          "AnonymousUser",
          "CookieTooLargeError",
          "LoginError",
          "OptionsError",
          "StoreError",
          "UsageError",
          "UserMixin",
          "apiKey",
          "basicAuth",
          "bearer",
          "createLoginManager",
          "signed",
          "withLogin",
        ],
      }
    `)
  })

  it('give these names: testing', () => {
    expect(namesOf('testing')).toMatchInlineSnapshot(`
      {
        "types": [
          "EventRecord",
          "TestClientOptions",
          "TestClock",
        ],
        "values": [
          "TestClient",
          "createTestClient",
          "createTestClock",
          "recordEvents",
        ],
      }
    `)
  })

  it('give these names: encrypted', () => {
    expect(namesOf('encrypted')).toMatchInlineSnapshot(`
      {
        "types": [],
        "values": [
          "encrypted",
        ],
      }
    `)
  })

  it('give these names: jwt', () => {
    expect(namesOf('jwt')).toMatchInlineSnapshot(`
      {
        "types": [
          "JwtBearerOptions",
          "JwtClaims",
        ],
        "values": [
          "jwtBearer",
        ],
      }
    `)
  })

  it('give these names: context', () => {
    expect(namesOf('context')).toMatchInlineSnapshot(`
      {
        "types": [],
        "values": [
          "currentAuth",
          "provideAuth",
        ],
      }
    `)
  })

  it('give these names: node', () => {
    expect(namesOf('node')).toMatchInlineSnapshot(`
      {
        "types": [
          "NodeFacts",
          "NodeRequest",
          "NodeResponse",
        ],
        "values": [
          "addVary",
          "commitOnHeaders",
          "nodeRequestView",
          "putHeaders",
          "sendResponse",
          "toError",
        ],
      }
    `)
  })
})
