// The packages contain only ES modules. CommonJS apps can still compile, run and test with them. See docs/commonjs.md.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

// The compiler may be slow on a busy machine.
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

/** Compiles a fixture into the folder, and returns the errors. */
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

/** Runs the compiled app in its own process, and returns its output. */
function runApp(mode: Mode): string {
  const app = join(folder, mode.replaceAll(/\W+/g, '-'), 'app.js')
  const script = `require(${JSON.stringify(app)}).greeting().then((text) => console.log(text))`
  return execFileSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8' }).trim()
}

describe('a CommonJS app', () => {
  const direct = Object.keys(MODES).filter((mode) => mode !== 'module: node16') as Mode[]

  it.each(direct)('compiles with %s, and runs', (mode) => {
    expect(compile('app.ts', mode)).toEqual([])
    expect(runApp(mode)).toBe('Hello Alice')
  })

  it.each(direct)('finds the types of each subpath with %s', (mode) => {
    expect(compile('subpaths.ts', mode)).toEqual([])
  })

  it('cannot import an ES module statically with module: node16, but can use import()', () => {
    expect(compile('static.ts', 'module: node16')).toEqual([expect.stringMatching(/^TS1479 /)])
    expect(compile('late.ts', 'module: node16')).toEqual([])
  })

  it('can be tested by Jest with the documented transform', () => {
    const jest = createRequire(import.meta.url).resolve('jest/bin/jest')
    const { status, stderr } = spawnSync(process.execPath, [jest, '--config', join(HERE, 'jest.config.js')], {
      cwd: HERE,
      encoding: 'utf8',
    })
    expect(stderr).toContain('1 passed')
    expect(status).toBe(0)
  })

  it('fails in Jest without the transform, with the documented error', () => {
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
