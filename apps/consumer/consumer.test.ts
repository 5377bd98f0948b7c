// An app that installs the built packages keeps its types. Behind a guard, the user has the type of the app, and the
// parameters keep theirs. No type is `any`, and each export of the app has a declaration that compiles.
import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { CONSUMER, type Configuration, compile, type Overlay, resolveDeclarations } from './check/compile'

// The compiler may be slow on a busy machine.
vi.setConfig({ testTimeout: 180_000 })

const { dependencies } = JSON.parse(readFileSync(`${CONSUMER}/package.json`, 'utf8'))
const FIXTURES: Readonly<Record<Configuration, readonly string[]>> = {
  'tsconfig.json': ['express', 'fastify', 'fetch', 'hono', 'next'],
  // Next.js has entry points without a file extension and no `exports`, so NodeNext cannot resolve them.
  'tsconfig.nodenext.json': ['express', 'fastify', 'fetch', 'hono'],
  'tsconfig.registered.json': ['express', 'fastify'],
}
const configurations = Object.keys(FIXTURES) as Configuration[]

describe.each(configurations)('an app with %s', (configuration) => {
  const compiled = compile(configuration)
  const texts = [...compiled.declarations.values()]

  it('compiles, and so do the declarations of the packages', () => {
    expect(compiled.problems).toEqual([])
    const packages = FIXTURES[configuration].map((name) => (name === 'fetch' ? 'core' : name))
    expect(compiled.checked).toEqual(expect.arrayContaining(packages.map((name) => `packages/${name}/dist/index.d.ts`)))
  })

  it('has a declaration for each fixture', () => {
    const names = [...compiled.declarations.keys()].map((path) => basename(path))
    const fixtures = FIXTURES[configuration].map((name) => `${name}.d.ts`)
    expect(names).toEqual(expect.arrayContaining([...fixtures, 'manager.d.ts']))
  })

  it('has declarations that import only dependencies of the app', () => {
    expect(texts.join()).toContain("'@fetch-login/")
    expect(findUndeclaredPackages(texts)).toEqual([])
  })

  it('has declarations without any', () => {
    const lines = texts.flatMap((text) => text.split('\n')).filter((line) => !/^\s*(\/?\*|\/\/)/.test(line))
    expect(lines.length).toBeGreaterThan(30)
    // Hono uses this type for the context of any app.
    const ownLines = lines.map((line) => line.replaceAll('Context<any, any, any>', 'Context'))
    expect(ownLines.filter((line) => /\bany\b/.test(line))).toEqual([])
  })

  it('has declarations that compile without the sources', () => {
    const again = compile(configuration, compiled.declarations, [...compiled.declarations.keys()])
    expect(again.problems).toEqual([])
  })
})

/** Returns the packages that the declarations import, but that are not dependencies of the app. */
function findUndeclaredPackages(texts: readonly string[]): string[] {
  const names = texts.flatMap((text) => [...text.matchAll(/(?:from |import\(|import )["']([^."'][^"']*)["']/g)])
  const packages = new Set(names.map(([, name = '']) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? ''))
  return [...packages].filter((name) => !(name in dependencies) && !isBuiltin(name))
}

/** Replaces text in a file, to plant a mistake. Throws an error if the text was not found. */
function plantMistake(path: string, from: string | RegExp, to: string): Overlay {
  const text = readFileSync(path, 'utf8')
  const changed = text.replace(from, to)
  if (changed === text) throw new Error(`${path} does not contain ${from}, so the mistake cannot be planted.`)
  return new Map([[path, changed]])
}

describe('the check of the types', () => {
  const findProblems = (
    overlay: Overlay,
    file: string,
    configuration: Configuration = 'tsconfig.json',
  ): readonly string[] => compile(configuration, overlay, [`${CONSUMER}/${file}`]).problems
  const getPath = (file: string): string => `${CONSUMER}/src/${file}`
  const getFiles = (problems: readonly string[]): string[] => [
    ...new Set(problems.map((problem) => problem.slice(0, problem.indexOf(':')))),
  ]

  it('reports a user of type any in every adapter', () => {
    const untyped = plantMistake(
      getPath('manager.ts'),
      'find(id: string): Promise<User | null>',
      'find(id: string): any',
    )
    for (const file of ['src/express.ts', 'src/fastify.ts', 'src/fetch.ts', 'src/hono.ts', 'src/next.tsx']) {
      expect(getFiles(findProblems(untyped, file))).toContain(file)
    }
  })

  const built: readonly [what: string, name: string, from: RegExp, to: string, reportedFile: string][] = [
    [
      'loses the types of the parameters of Express',
      'express',
      /type ExpressMiddleware = [^;]+;/,
      "type ExpressMiddleware = import('express').RequestHandler<any, any, any, any>;",
      'src/express.ts',
    ],
    [
      'loses the types of the parameters of Fastify',
      'fastify',
      /interface FastifyGuardHook \{[^}]+\}/,
      "type FastifyGuardHook = (request: import('fastify').FastifyRequest<any, any, any, any, any, any, any, any>, reply: any) => Promise<void>;",
      'src/fastify.ts',
    ],
    [
      'loses the type of the user of Hono',
      'hono',
      /\[Name in Variable\]: User;/,
      '[Name in Variable]: any;',
      'src/hono.ts',
    ],
    [
      'loses the type of the context of a route of Next.js',
      'next',
      /type Route<([^>]+)> = \([^)]+\)/,
      'type Route<$1> = (request: NextRequest, context: any)',
      'src/next.tsx',
    ],
    [
      'does not export a type that an app needs',
      'core',
      /(export \{[^}]*?), (?:type )?(?:\w+ as )?RequestLoader(?=, )/,
      '$1',
      'src/fetch.ts',
    ],
  ]

  it.each(built)('reports a package that %s', (_what, name, from, to, reportedFile) => {
    expect(
      getFiles(findProblems(plantMistake(resolveDeclarations(`@fetch-login/${name}`), from, to), reportedFile)),
    ).toContain(reportedFile)
  })

  it('reports a third-party package in the declarations', () => {
    const named = plantMistake(resolveDeclarations('@fetch-login/core/jwt'), 'claims: JwtClaims', 'claims: JWTPayload')
    const { declarations } = compile('tsconfig.json', named, [getPath('fetch.ts')])
    expect(findUndeclaredPackages([...declarations.values()])).toEqual(['jose'])
  })

  it('reports an app with the opt-in types that does not declare its user', () => {
    for (const file of ['registered/express.ts', 'registered/fastify.ts']) {
      const problems = findProblems(
        plantMistake(`${CONSUMER}/${file}`, 'user: User', ''),
        file,
        'tsconfig.registered.json',
      )
      expect(getFiles(problems)).toEqual([file])
    }
  })

  it('reports a missing import of a declaration', () => {
    const path = `${CONSUMER}/dist/bundler/user.d.ts`
    expect(
      compile('tsconfig.json', new Map([[path, "export { User } from './nowhere.js'"]]), [path]).problems,
    ).toHaveLength(1)
  })
})
