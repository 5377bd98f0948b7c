import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { inFolder, type Outcome } from './planted'

const lockfile = readFileSync(new URL('../pnpm-lock.yaml', import.meta.url), 'utf8')
const command = fileURLToPath(new URL('./check-lockfile.mjs', import.meta.url))

function runCheck(text: string): Outcome {
  return inFolder({ 'pnpm-lock.yaml': text }, (root) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, join(root, 'pnpm-lock.yaml')])
    return { status, output: `${stdout}${stderr}` }
  })
}

it('check-lockfile accepts the lockfile of this project', () => {
  expect(runCheck(lockfile)).toMatchObject({ status: 0 })
})

it.each(['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64'])(
  'check-lockfile reports a missing binary for %s',
  (platform) => {
    const line = new RegExp(`^ {6}'@biomejs/cli-${platform}': .*\n`, 'm')
    const { status, output } = runCheck(lockfile.replace(line, ''))
    expect(output).toMatch(new RegExp(`^@biomejs/biome@.+ has no binary for ${platform}\n    remedy: `, 'm'))
    expect(status).toBe(1)
  },
)

it('check-lockfile reports a package with binaries that lost all of them', () => {
  const { status, output } = runCheck(lockfile.replaceAll(/^ {6}'@turbo\/.*\n/gm, ''))
  expect(output).toContain('turbo@')
  expect(output).toContain('has no binary for darwin-arm64, darwin-x64, linux-arm64, linux-x64, win32-x64')
  expect(status).toBe(1)
})

it.each([
  'resolution: {tarball: x.tgz}',
  'resolution: {integrity: sha512-x, tarball: https://packages.example/x.tgz}',
  'version: git+ssh://git@code.example/x',
  'registry: packages.example.com',
  'x: packages.example.com:4873/x',
])('check-lockfile reports an address: %s', (line) => {
  const { status, output } = runCheck(`${lockfile}\n  ${line}\n`)
  expect(output).toContain('contains an address')
  expect(status).toBe(1)
})

it('check-lockfile fails for a lockfile without packages', () => {
  expect(runCheck("lockfileVersion: '9.0'\n")).toMatchObject({ status: 1 })
})
