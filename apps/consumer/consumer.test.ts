// An app that installs the built packages keeps its types: behind a guard the user is the app's own, parameters are what
// they are without one, nothing is `any`, and all that it exports has declarations that others can read.
import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { CONSUMER, type Configuration, compile, declarationsOf, type Overlay } from './check/compile'

// A compiler, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000 })

const { dependencies } = JSON.parse(readFileSync(`${CONSUMER}/package.json`, 'utf8'))
const FIXTURES: Readonly<Record<Configuration, readonly string[]>> = {
  'tsconfig.json': ['express', 'fastify', 'fetch', 'hono', 'next'],
  // Next.js names its own doors without an extension and has no `exports`: NodeNext finds none of them.
  'tsconfig.nodenext.json': ['express', 'fastify', 'fetch', 'hono'],
  'tsconfig.registered.json': ['express', 'fastify'],
}
const configurations = Object.keys(FIXTURES) as Configuration[]

describe.each(configurations)('by %s', (configuration) => {
  const compiled = compile(configuration)
  const texts = [...compiled.declarations.values()]

  it('compiles, the declarations of the packages too', () => {
    expect(compiled.problems).toEqual([])
    const packages = FIXTURES[configuration].map((name) => (name === 'fetch' ? 'core' : name))
    expect(compiled.seen).toEqual(expect.arrayContaining(packages.map((name) => `packages/${name}/dist/index.d.ts`)))
  })

  it('writes a declaration for each fixture', () => {
    const names = [...compiled.declarations.keys()].map((path) => basename(path))
    const fixtures = FIXTURES[configuration].map((name) => `${name}.d.ts`)
    expect(names).toEqual(expect.arrayContaining([...fixtures, 'manager.d.ts']))
  })

  it('names only packages that the app itself depends on', () => {
    expect(texts.join()).toContain("'@fetch-login/")
    expect(strangersIn(texts)).toEqual([])
  })

  it('writes no any', () => {
    const lines = texts.flatMap((text) => text.split('\n')).filter((line) => !/^\s*(\/?\*|\/\/)/.test(line))
    expect(lines.length).toBeGreaterThan(30)
    // Hono's own way to take a context of any app.
    const said = lines.map((line) => line.replaceAll('Context<any, any, any>', 'Context'))
    expect(said.filter((line) => /\bany\b/.test(line))).toEqual([])
  })

  it('writes declarations that can be read without the sources', () => {
    const again = compile(configuration, compiled.declarations, [...compiled.declarations.keys()])
    expect(again.problems).toEqual([])
  })
})

/** Packages that declarations name and the app does not depend on. */
function strangersIn(texts: readonly string[]): string[] {
  const names = texts.flatMap((text) => [...text.matchAll(/(?:from |import\(|import )["']([^."'][^"']*)["']/g)])
  const packages = new Set(names.map(([, name = '']) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? ''))
  return [...packages].filter((name) => !(name in dependencies) && !isBuiltin(name))
}

/** A text with something else in it; a mistake that cannot be planted is no proof. */
function planted(path: string, from: string | RegExp, to: string): Overlay {
  const text = readFileSync(path, 'utf8')
  const changed = text.replace(from, to)
  if (changed === text) throw new Error(`${path} has nothing like ${from} to plant a mistake in.`)
  return new Map([[path, changed]])
}

describe('the check itself', () => {
  const problemsOf = (
    overlay: Overlay,
    file: string,
    configuration: Configuration = 'tsconfig.json',
  ): readonly string[] => compile(configuration, overlay, [`${CONSUMER}/${file}`]).problems
  const src = (file: string): string => `${CONSUMER}/src/${file}`
  const filesOf = (problems: readonly string[]): string[] => [
    ...new Set(problems.map((problem) => problem.slice(0, problem.indexOf(':')))),
  ]

  it('sees a user who is any, in every adapter', () => {
    const anybody = planted(src('manager.ts'), 'find(id: string): Promise<User | null>', 'find(id: string): any')
    for (const file of ['src/express.ts', 'src/fastify.ts', 'src/fetch.ts', 'src/hono.ts', 'src/next.tsx']) {
      expect(filesOf(problemsOf(anybody, file))).toContain(file)
    }
  })

  const built: readonly [what: string, name: string, from: RegExp, to: string, seen: string][] = [
    [
      'spoils the parameters of Express',
      'express',
      /type ExpressMiddleware = [^;]+;/,
      "type ExpressMiddleware = import('express').RequestHandler<any, any, any, any>;",
      'src/express.ts',
    ],
    [
      'spoils the parameters of Fastify',
      'fastify',
      /interface FastifyGuardHook \{[^}]+\}/,
      "type FastifyGuardHook = (request: import('fastify').FastifyRequest<any, any, any, any, any, any, any, any>, reply: any) => Promise<void>;",
      'src/fastify.ts',
    ],
    ['loses the user of Hono', 'hono', /\[Name in Variable\]: User;/, '[Name in Variable]: any;', 'src/hono.ts'],
    [
      'spoils the context of a route of Next.js',
      'next',
      /type Route<([^>]+)> = \([^)]+\)/,
      'type Route<$1> = (request: NextRequest, context: any)',
      'src/next.tsx',
    ],
    [
      'hides a type that an app exports',
      'core',
      /(export \{[^}]*?), (?:type )?(?:\w+ as )?RequestLoader(?=, )/,
      '$1',
      'src/fetch.ts',
    ],
  ]

  it.each(built)('sees a package that %s', (_what, name, from, to, seen) => {
    expect(filesOf(problemsOf(planted(declarationsOf(`@fetch-login/${name}`), from, to), seen))).toContain(seen)
  })

  it('sees a package of others in the declarations', () => {
    const named = planted(declarationsOf('@fetch-login/core/jwt'), 'claims: JwtClaims', 'claims: JWTPayload')
    const { declarations } = compile('tsconfig.json', named, [src('fetch.ts')])
    expect(strangersIn([...declarations.values()])).toEqual(['jose'])
  })

  it('sees who did not say who the user is, with the opt-in types', () => {
    for (const file of ['registered/express.ts', 'registered/fastify.ts']) {
      const problems = problemsOf(planted(`${CONSUMER}/${file}`, 'user: User', ''), file, 'tsconfig.registered.json')
      expect(filesOf(problems)).toEqual([file])
    }
  })

  it('sees what a declaration without its source lacks', () => {
    const path = `${CONSUMER}/dist/bundler/user.d.ts`
    expect(
      compile('tsconfig.json', new Map([[path, "export { User } from './nowhere.js'"]]), [path]).problems,
    ).toHaveLength(1)
  })
})
