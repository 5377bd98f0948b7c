// The public names of each entry point. A removed name is a breaking change, and an added name is a new feature, so a
// change of these lists needs a changeset.
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

// The TypeScript compiler needs more time on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const entryPoints: Readonly<Record<string, object>> = { index, adapter, testing, encrypted, jwt, context, node }

const getFile = (entryPoint: string): string => fileURLToPath(new URL(`../src/${entryPoint}.ts`, import.meta.url))
const program = ts.createProgram(Object.keys(entryPoints).map(getFile), {
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

function getNames(entryPoint: string): Names {
  const checker = program.getTypeChecker()
  const module = checker.getSymbolAtLocation(program.getSourceFile(getFile(entryPoint)) as ts.SourceFile) as ts.Symbol
  const names = checker.getExportsOfModule(module).map((symbol) => {
    const isTypeOnly = symbol.declarations?.some(
      (one) => ts.isExportSpecifier(one) && ts.isTypeOnlyExportDeclaration(one),
    )
    const real = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    return { name: symbol.name, isValue: !isTypeOnly && (real.flags & ts.SymbolFlags.Value) !== 0 }
  })
  const getSorted = (isValue: boolean): string[] =>
    names
      .filter((one) => one.isValue === isValue)
      .map(({ name }) => name)
      .toSorted()
  return { values: getSorted(true), types: getSorted(false) }
}

describe('the entry points of @fetch-login/core', () => {
  it('are those of package.json', () => {
    const manifest = JSON.parse(readFileSync(fileURLToPath(new URL('../package.json', import.meta.url)), 'utf8'))
    expect(Object.keys(manifest.exports).map((key) => key.slice(2) || 'index')).toEqual(Object.keys(entryPoints))
  })

  it.each(Object.entries(entryPoints))(
    'export at run time the values that their types declare: %s',
    (entryPoint, module) => {
      expect(Object.keys(module).toSorted()).toEqual(getNames(entryPoint).values)
    },
  )

  it('export the expected names: index', () => {
    expect(getNames('index')).toMatchInlineSnapshot(`
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
          "DecodedToken",
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

  it('export the expected names: testing', () => {
    expect(getNames('testing')).toMatchInlineSnapshot(`
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

  it('export the expected names: encrypted', () => {
    expect(getNames('encrypted')).toMatchInlineSnapshot(`
      {
        "types": [],
        "values": [
          "encrypted",
        ],
      }
    `)
  })

  it('export the expected names: jwt', () => {
    expect(getNames('jwt')).toMatchInlineSnapshot(`
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

  it('export the expected names: context', () => {
    expect(getNames('context')).toMatchInlineSnapshot(`
      {
        "types": [],
        "values": [
          "currentAuth",
          "provideAuth",
        ],
      }
    `)
  })

  it('export the expected names: node', () => {
    expect(getNames('node')).toMatchInlineSnapshot(`
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
