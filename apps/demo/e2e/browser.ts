// Starts a browser for the tests. On Linux x64 it is the Chromium of an npm package; on other systems it is the installed
// Chrome or Edge.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type LaunchOptions } from 'playwright-core'

/** The browser, or the reasons why none started. */
export type Launched = { readonly browser: Browser } | { readonly browser: null; readonly reasons: readonly string[] }

export async function launchBrowser(options: LaunchOptions = {}): Promise<Launched> {
  const reasons: string[] = []
  for (const candidate of await findCandidates(reasons)) {
    try {
      return { browser: await chromium.launch({ ...candidate, ...options }) }
    } catch (error) {
      reasons.push(formatError(error))
    }
  }
  return { browser: null, reasons }
}

/** E2E_BROWSER selects another browser, such as Chrome: the browser of the package has no back/forward cache. */
async function findCandidates(reasons: string[]): Promise<LaunchOptions[]> {
  const { E2E_BROWSER } = process.env
  if (E2E_BROWSER) return [{ executablePath: E2E_BROWSER }]
  const installed = [{ channel: 'chrome' }, { channel: 'msedge' }, { executablePath: '/usr/bin/chromium' }]
  try {
    return [...(await findPackagedBrowser()), ...installed]
  } catch (error) {
    reasons.push(formatError(error))
    return installed
  }
}

/** Tries the libraries of the machine first, then those of the package. */
async function findPackagedBrowser(): Promise<LaunchOptions[]> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return []
  const folder = await unpackBrowser()
  // Does not use the arguments that the package recommends, because they disable web security.
  const executablePath = join(folder, 'chromium')
  const env = { ...process.env, FONTCONFIG_FILE: join(folder, 'fonts.conf') }
  return [
    { executablePath, env },
    { executablePath, env: { ...env, LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') } },
  ]
}

const CACHE = fileURLToPath(new URL('../../../node_modules/.cache', import.meta.url))

/** Unpacks the browser once. The folder gets its name last, so an interrupted run leaves no incomplete browser. */
async function unpackBrowser(): Promise<string> {
  const root = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const folder = join(CACHE, `chromium-${version}`)
  if (existsSync(folder)) return folder

  const draft = `${folder}.${process.pid}`
  mkdirSync(draft, { recursive: true })
  const { inflate } = await import('@sparticuz/chromium')
  // The package unpacks to the folder for temporary files only.
  const { TMPDIR } = process.env
  process.env.TMPDIR = draft
  const parts = ['chromium.br', 'fonts.tar.br', 'al2023.tar.br'].map((name) => inflate(join(root, 'bin', name)))
  if (TMPDIR === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = TMPDIR
  await Promise.all(parts)
  writeFileSync(join(draft, 'fonts.conf'), createFontConfig(join(folder, 'fonts')))
  try {
    renameSync(draft, folder)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    // Another run unpacked it first.
    if (!existsSync(folder)) throw error
  }
  return folder
}

/** Selects the font of the package for text, so screenshots are alike on every machine. */
function createFontConfig(folder: string): string {
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

function formatError(error: unknown): string {
  return String(error).split('\n').slice(0, 3).join(' ')
}
