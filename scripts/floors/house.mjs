// The house as it stands: every module under packages/*/src, parsed, and the list of what is wrong with it.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, resolve, sep } from 'node:path'
import ts from 'typescript'

const slashed = (path) => path.split(sep).join('/')

export class House {
  modules = []
  problems = []
  imports = 0
  #root
  #byPath

  constructor(root) {
    this.#root = root
    for (const pkg of foldersIn(join(root, 'packages'))) {
      const src = join(root, 'packages', pkg, 'src')
      for (const path of sourcesIn(src)) this.modules.push(read(path, pkg, src))
    }
    this.#byPath = new Map(this.modules.map((module) => [module.path, module]))
  }

  // `./x`, `./x.js` and `./x.ts` all name x.ts.
  find(from, specifier) {
    const path = resolve(dirname(from.path), specifier)
    const bare = path.replace(/\.[cm]?[jt]sx?$/, '')
    const candidates = [path, `${bare}.ts`, `${bare}.tsx`, `${path}.ts`, `${path}.tsx`, join(path, 'index.ts')]
    return candidates.map((candidate) => this.#byPath.get(candidate)).find((module) => module !== undefined)
  }

  leavesPackage(from, specifier) {
    return relative(from.src, resolve(dirname(from.path), specifier)).startsWith('..')
  }

  // A test of a package may use what stands in `testing/` beside `src/`, which is not published.
  isTestTool(from, specifier) {
    const path = slashed(relative(from.src, resolve(dirname(from.path), specifier)))
    return from.test && path.startsWith('../testing/')
  }

  publicNamesOfCore() {
    const manifest = join(this.#root, 'packages/core/package.json')
    const keys = existsSync(manifest) ? Object.keys(JSON.parse(readFileSync(manifest, 'utf8')).exports ?? {}) : ['.']
    return new Set(keys.map((key) => posix.join('@fetch-login/core', key)))
  }

  report(module, node, rule, what, wayOut) {
    const { line } = module.source.getLineAndCharacterOfPosition(node?.getStart(module.source) ?? 0)
    const place = `${slashed(relative(this.#root, module.path))}:${line + 1}`
    this.problems.push(`${place}  rule ${rule}: ${what}\n    way out: ${wayOut}`)
  }
}

function foldersIn(folder) {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return entries.map((entry) => entry.name).sort()
}

function sourcesIn(folder) {
  if (!existsSync(folder)) return []
  const paths = readdirSync(folder, { recursive: true }).filter(
    (path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'),
  )
  return paths.sort().map((path) => join(folder, path))
}

function read(path, pkg, src) {
  const text = readFileSync(path, 'utf8')
  return {
    path,
    pkg,
    src,
    text,
    rel: slashed(relative(src, path)),
    test: /\.test(-d)?\.tsx?$/.test(path),
    source: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
    edges: [],
  }
}

export function walk(node, visit) {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}
