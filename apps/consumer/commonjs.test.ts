// CommonJS apps: the packages are ES modules alone, and still compile, run and are tested there. See docs/commonjs.md.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

// A compiler, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const HERE = fileURLToPath(new URL('commonjs', import.meta.url))
const CACHE = fileURLToPath(new URL('node_modules/.cache', import.meta.url))
const { ModuleKind, ModuleResolutionKind } = ts

const MODES = {
  'module: commonjs with moduleResolution: node10': {
    module: ModuleKind.CommonJS,
    moduleResolution: ModuleResolutionKind.Node10,
    ignoreDeprecations: '6.0',
  },
  'module: commonjs with moduleResolution: bundler': {
    module: ModuleKind.CommonJS,
    moduleResolution: ModuleResolutionKind.Bundler,
  },
  'module: nodenext': { module: ModuleKind.NodeNext, moduleResolution: ModuleResolutionKind.NodeNext },
  'module: node20': { module: ModuleKind.Node20, moduleResolution: ModuleResolutionKind.Node16 },
  'module: node16': { module: ModuleKind.Node16, moduleResolution: ModuleResolutionKind.Node16 },
} satisfies Record<string, ts.CompilerOptions>
type Mode = keyof typeof MODES

let folder = ''

beforeAll(() => {
  mkdirSync(CACHE, { recursive: true })
  folder = mkdtempSync(join(CACHE, 'commonjs-'))
  cpSync(join(HERE, 'package.json'), join(folder, 'package.json'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Compiles a fixture into the folder; gives the codes of what is wrong. */
function compile(file: string, mode: Mode): string[] {
  const options: ts.CompilerOptions = {
    ...MODES[mode],
    target: ts.ScriptTarget.ES2022,
    strict: true,
    skipLibCheck: true,
    types: ['node'],
    rootDir: HERE,
    outDir: join(folder, mode.replaceAll(/\W+/g, '-')),
  }
  const program = ts.createProgram([join(HERE, file)], options)
  const found = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics]
  return found.map(({ code, messageText }) => `TS${code} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
}

/** What the compiled app prints in a process of its own. */
function greetingOf(mode: Mode): string {
  const app = join(folder, mode.replaceAll(/\W+/g, '-'), 'app.js')
  const script = `require(${JSON.stringify(app)}).greeting().then((text) => console.log(text))`
  return execFileSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8' }).trim()
}

describe('an app of CommonJS', () => {
  const direct = Object.keys(MODES).filter((mode) => mode !== 'module: node16') as Mode[]

  it.each(direct)('compiles with %s, and runs', (mode) => {
    expect(compile('app.ts', mode)).toEqual([])
    expect(greetingOf(mode)).toBe('Hello Alice')
  })

  it.each(direct)('finds the types of each subpath with %s', (mode) => {
    expect(compile('subpaths.ts', mode)).toEqual([])
  })

  it('is refused a static import by module: node16, as every ES module is, and may use import()', () => {
    expect(compile('static.ts', 'module: node16')).toEqual([expect.stringMatching(/^TS1479 /)])
    expect(compile('late.ts', 'module: node16')).toEqual([])
  })

  it('is tested by Jest, with the transform that the documents print', () => {
    const jest = createRequire(import.meta.url).resolve('jest/bin/jest')
    const { status, stderr } = spawnSync(process.execPath, [jest, '--config', join(HERE, 'jest.config.js')], {
      cwd: HERE,
      encoding: 'utf8',
    })
    expect(stderr).toContain('1 passed')
    expect(status).toBe(0)
  })

  it('fails in Jest without that transform, with the error that the documents name', () => {
    const jest = createRequire(import.meta.url).resolve('jest/bin/jest')
    const config = JSON.stringify({
      rootDir: HERE,
      testEnvironment: 'node',
      testMatch: ['**/*.jest.js'],
      transform: {},
    })
    const { status, stderr } = spawnSync(process.execPath, [jest, '--config', config], { cwd: HERE, encoding: 'utf8' })
    expect(stderr).toContain('Must use import to load ES Module')
    expect(status).toBe(1)
  })
})
