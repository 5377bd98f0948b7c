// A real browser for the tests of this folder. On linux x64 it is the Chromium of an npm package, so that a registry
// is all it takes; elsewhere the Chrome or Edge that is installed.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type LaunchOptions } from 'playwright-core'

/** The browser, or what was tried and why it failed. */
export type Launched = { readonly browser: Browser } | { readonly browser: null; readonly reasons: readonly string[] }

export async function launchBrowser(options: LaunchOptions = {}): Promise<Launched> {
  const reasons: string[] = []
  for (const candidate of await candidates(reasons)) {
    try {
      return { browser: await chromium.launch({ ...candidate, ...options }) }
    } catch (error) {
      reasons.push(firstLines(error))
    }
  }
  return { browser: null, reasons }
}

/** E2E_BROWSER names one by its path: the shell in the package, say, keeps no pages for going back, and Chrome does. */
async function candidates(reasons: string[]): Promise<LaunchOptions[]> {
  const { E2E_BROWSER } = process.env
  if (E2E_BROWSER) return [{ executablePath: E2E_BROWSER }]
  const installed = [{ channel: 'chrome' }, { channel: 'msedge' }, { executablePath: '/usr/bin/chromium' }]
  try {
    return [...(await fromThePackage()), ...installed]
  } catch (error) {
    reasons.push(firstLines(error))
    return installed
  }
}

/** The shared libraries come second: a machine that has its own is better off with those. */
async function fromThePackage(): Promise<LaunchOptions[]> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return []
  const folder = await unpacked()
  // The arguments that the package recommends are none of ours: they switch web security off.
  const executablePath = join(folder, 'chromium')
  const env = { ...process.env, FONTCONFIG_FILE: join(folder, 'fonts.conf') }
  return [
    { executablePath, env },
    { executablePath, env: { ...env, LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') } },
  ]
}

const CACHE = fileURLToPath(new URL('../../../node_modules/.cache', import.meta.url))

/** Unpacked once, and named at last: a run that was interrupted leaves no half of a browser behind. */
async function unpacked(): Promise<string> {
  const root = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const folder = join(CACHE, `chromium-${version}`)
  if (existsSync(folder)) return folder

  const draft = `${folder}.${process.pid}`
  mkdirSync(draft, { recursive: true })
  const { inflate } = await import('@sparticuz/chromium')
  // The package unpacks to the folder for temporary files, and to no other.
  const { TMPDIR } = process.env
  process.env.TMPDIR = draft
  const parts = ['chromium.br', 'fonts.tar.br', 'al2023.tar.br'].map((name) => inflate(join(root, 'bin', name)))
  if (TMPDIR === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = TMPDIR
  await Promise.all(parts)
  writeFileSync(join(draft, 'fonts.conf'), fonts(join(folder, 'fonts')))
  try {
    renameSync(draft, folder)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    // Another run was faster.
    if (!existsSync(folder)) throw error
  }
  return folder
}

/** The package's font for texts on every machine, so that the pictures are alike; the machine's own for the rest. */
function fonts(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}-cache</cachedir>
  <alias binding="same"><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="same"><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="same"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`
}

function firstLines(error: unknown): string {
  return String(error).split('\n').slice(0, 3).join(' ')
}
