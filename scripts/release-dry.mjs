// `pnpm release:dry` packs every package, and installs the tarballs in an empty project outside of the repository. There it
// type-checks the example of each package's README, and logs in to it over HTTP. Run `pnpm build` before it. The example of
// Next.js is type-checked only; apps/next-example logs in to a built app.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packagesIn } from './manifests.mjs'
import { installPacked, versionsOf } from './packed.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OTHERS = ['@hono/node-server', 'express', 'fastify', 'hono', 'next', 'react', 'react-dom']
const TYPES = ['@types/express', '@types/node', '@types/react']
const SECRET = 'a secret of this test, with no value elsewhere'
const YOUR_APP = `export interface User { readonly id: string; readonly name: string }
const alice: User = { id: '1', name: 'Alice' }
export const users = { find: (id: string): User | undefined => (id === alice.id ? alice : undefined) }
export async function checkPassword(form: Record<string, unknown>): Promise<User | undefined> {
  return form.password === 'right' ? alice : undefined
}
export function loginPage(error = ''): string { return \`<p>\${error}</p>\` }
`
const COMMON = {
  target: 'ES2022',
  lib: ['ES2023', 'DOM', 'DOM.Iterable'],
  types: ['node'],
  strict: true,
  skipLibCheck: true,
}
const NODE = { ...COMMON, module: 'NodeNext', rootDir: '.', outDir: 'dist' }
const NEXT = { ...COMMON, module: 'Preserve', moduleResolution: 'Bundler', jsx: 'react-jsx', noEmit: true }

const total = { passed: 0, failed: 0 }
const folder = mkdtempSync(join(tmpdir(), 'fetch-login-release-'))
try {
  const packages = packagesIn(ROOT)
  installPacked(folder, packages, versionsOf('apps/consumer', [...OTHERS, ...TYPES]))
  for (const name of packages) tryPackage(name)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1
console.log(`${total.passed} passed, ${total.failed} failed`)

function tryPackage(name) {
  const app = join(folder, name)
  writeExample(name, app)
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  count(`${name}: the example compiles`, spawnSync(process.execPath, [tsc, '-p', app], { encoding: 'utf8' }))
  if (name === 'next') return
  const login = fileURLToPath(new URL('release-login.mjs', import.meta.url))
  const options = { cwd: folder, encoding: 'utf8', env: { ...process.env, LOGIN_SECRET: SECRET }, timeout: 60_000 }
  writeFileSync(join(folder, 'login.mjs'), readFileSync(login))
  count(`${name}: logs in and out`, spawnSync(process.execPath, ['login.mjs', name], options))
}

/** Writes the blocks of the README that name a file, and the part of the app that the README leaves to its reader. */
function writeExample(name, app) {
  const readme = readFileSync(join(ROOT, 'packages', name, 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/^```tsx?\n\/\/ file: (\S+)\n([\s\S]*?)^```$/gm)]
  if (blocks.length === 0) throw new Error(`packages/${name}/README.md has no example.`)
  for (const [, file, code] of blocks) write(join(app, file), code)
  write(join(app, 'your-app.ts'), YOUR_APP)
  // The entry points of Next.js require a package.json without `"type": "module"`.
  write(join(app, 'package.json'), JSON.stringify(name === 'next' ? {} : { type: 'module' }))
  write(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions: name === 'next' ? NEXT : NODE }))
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function count(title, { status, stdout, stderr }) {
  total[status === 0 ? 'passed' : 'failed'] += 1
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${title}`)
  if (status !== 0) console.log(`${stdout}${stderr}`)
}
