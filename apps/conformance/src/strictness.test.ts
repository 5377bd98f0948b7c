// The runner accepts only exact lists of deviations. These tests run it on a small app that differs from its expectation
// in one field.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const RUNNER = fileURLToPath(new URL('../kit/run.mjs', import.meta.url))
const APP = `import { createServer } from 'node:http'
createServer((_, response) => response.setHeader('content-type', 'application/json').end('{"static":"ours"}'))
  .listen(Number(process.env.PORT), '127.0.0.1')
`
/** Loses its port the first time, as if another process had bound it after the runner selected it. */
const LOSER = `import { appendFileSync, existsSync } from 'node:fs'
import { createServer } from 'node:net'
const isFirst = !existsSync('ports')
appendFileSync('ports', process.env.PORT + '\\n')
if (isFirst) createServer().listen(Number(process.env.PORT), '127.0.0.1', () => import('./app.mjs'))
else await import('./app.mjs')
`
const REPORTER = `import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
writeFileSync('given', process.env.PORT + ' ' + process.env.CONFORMANCE_PROFILE)
const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end('{"static":"ours"}'))
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port))
`
const STEP = { client: 'a', method: 'GET', path: '/static' }
const SEEN = { status: 200, location: null, body: { static: 'theirs' }, cookies: {}, vary_cookie: false }

/** The files `better-*.json` of the kit, by name. */
const REPAIRS = [
  'area-null-falls-back',
  'bad-token-refused',
  'clear-keeps-attributes',
  'clear-only-what-is-there',
  'confirm-needs-login',
  'deleted-user-purged',
  'duration-checked-first',
  'duration-does-not-stick',
  'flash-once',
  'force-host-always',
  'forwarded-ignored',
  'fresh-only-for-session-user',
  'getters-load-user',
  'loader-after-bad-cookie',
  'logout-forgets-next',
  'next-keeps-encoding',
  'no-identifier-no-alarm',
  'plain-login-forgets',
  'refresh-only-valid',
  'restore-binds-client',
  'secret-as-utf8',
  'unknown-user-not-stored',
]

const entry = { scenario: 'page', step: 1, field: 'body.static', accept: 'ours', rule: 'D1', reason: 'better' }
const good = { ceiling: 1, rules: { D1: 'Ours is better.' }, deviations: [entry as object] }

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fetch-login-kit-'))
  for (const name of ['scenarios', 'expected']) mkdirSync(join(folder, name))
  write('app.mjs', APP)
  write('profiles.json', { plain: {} })
  const scenarios = ['page', 'same'].map((id) => ({ id, profile: 'plain', steps: [STEP] }))
  write('scenarios/theme.json', { scenarios })
  const same = { ...SEEN, body: { static: 'ours' } }
  write('expected/theme.json', { scenarios: { page: [SEEN], same: [same] } })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, content: unknown): void {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
}

function check(list: object, ...more: string[]): { status: number | null; output: string; last: string | undefined } {
  write('deviations.json', list)
  const data = ['scenarios', 'expected', 'profiles.json'].flatMap((name) => [
    `--${name.split('.')[0]}`,
    join(folder, name),
  ])
  const args = ['--check', ...data, '--cmd', `exec '${process.execPath}' app.mjs`, ...more]
  const { status, stdout } = spawnSync(process.execPath, [RUNNER, ...args], { cwd: folder, encoding: 'utf8' })
  return { status, output: stdout, last: stdout.trim().split('\n').at(-1) }
}

const createFrameworkList = (proof: string | undefined): object => ({
  ...good,
  rules: { framework: 'The framework does it.' },
  deviations: [{ ...entry, rule: 'framework', ...(proof !== undefined && { proof }) }],
})
const withEntry = (change: object): object => ({ ...good, deviations: [{ ...entry, ...change }] })

describe('the list of deviations', { timeout: 30_000 }, () => {
  it('accepts one value of one field in one step', () => {
    expect(check(good)).toMatchObject({ status: 0, last: '2 passed, 0 failed' })
    expect(check(good).output).toContain('1 deviations (ceiling 1)')
  })

  it('accepts an entry of a framework whose proof exists', () => {
    expect(check(createFrameworkList('app.mjs'))).toMatchObject({ status: 0, last: '2 passed, 0 failed' })
  })

  it('accepts an entry of a framework in its own list instead of our entry', () => {
    write('framework.json', createFrameworkList('app.mjs'))
    const lists = ['--deviations', join(folder, 'ours.json'), '--deviations', join(folder, 'framework.json')]
    write('ours.json', withEntry({ accept: 'another' }))
    expect(check(good, ...lists)).toMatchObject({ status: 0, last: '2 passed, 0 failed' })
    const twice = check(good, ...lists, ...lists.slice(2))
    expect(twice.output).toContain('framework.json: page step 1 body.static is duplicated')
    expect(twice.status).toBe(1)
  })

  it('reports another value', () => {
    const { status, output } = check(withEntry({ accept: 'another' }))
    expect(status).toBe(1)
    expect(output).toContain('FAIL theme/page step 1 (GET /static): body.static expected "theirs" got "ours"')
  })

  it.each([
    ['a wildcard for the scenario', withEntry({ scenario: 'pa*' }), 'does not name one scenario'],
    ['a wildcard for the step', withEntry({ step: '*' }), 'does not name one step'],
    ['a wildcard for the field', withEntry({ field: '*' }), 'does not name one field'],
    ['a field that is only the beginning of one', withEntry({ field: 'body' }), 'is not used'],
    ['a missing value', withEntry({ accept: undefined }), 'accepts any value'],
    ['no rule', withEntry({ rule: undefined }), 'does not name a rule'],
    ['an unknown rule', withEntry({ rule: 'D99' }), 'names the rule D99, which is not in the table of rules'],
    ['no reason', withEntry({ reason: ' ' }), 'does not contain a reason'],
    ['an unknown key', withEntry({ because: 'so' }), 'has an unknown key "because"'],
    ['a duplicated entry', { ...good, ceiling: 2, deviations: [entry, entry] }, 'is duplicated'],
    [
      'an entry that is not used',
      { ...good, ceiling: 2, deviations: [entry, { ...entry, scenario: 'same' }] },
      'same step 1 body.static is not used',
    ],
    ['a scenario that does not exist', withEntry({ scenario: 'gone' }), 'gone step 1 body.static is not used'],
    ['a list above its ceiling', { ...good, ceiling: 0 }, '1 deviations, but at most 0 are allowed'],
    ['a ceiling above its list', { ...good, ceiling: 2 }, 'lower the ceiling of 2'],
    ['no ceiling', { rules: good.rules, deviations: good.deviations }, 'does not name a ceiling'],
    ['a rule that no entry names', { ...good, rules: { ...good.rules, D2: 'And more.' } }, 'the rule D2 is not used'],
    ['a rule without a sentence', { ...good, rules: { D1: '' } }, 'the rule D1 has no text'],
    [
      'an entry of a framework without a proof',
      createFrameworkList(undefined),
      'does not name a proof that the framework causes',
    ],
    ['a proof that does not exist', createFrameworkList('gone.mjs'), 'names the proof gone.mjs, which does not exist'],
    ['a proof of an entry with another rule', withEntry({ proof: 'app.mjs' }), 'has an unknown key "proof"'],
  ])('fails for %s', (_, list, message) => {
    const { status, output, last } = check(list)
    expect(output).toContain(message)
    expect(status).toBe(1)
    expect(last).toMatch(/^[12] passed, [1-9]\d* failed$/)
  })

  it('fails for an unused entry if a theme is omitted too', () => {
    const { status, output } = check(good, '--skip', 'other')
    expect({ status, output }).toMatchObject({ status: 0 })
    const unused = check(
      { ...good, ceiling: 2, deviations: [entry, { ...entry, scenario: 'gone' }] },
      '--skip',
      'other',
    )
    expect(unused).toMatchObject({ status: 1, last: '2 passed, 1 failed' })
  })

  it('checks only the entries of the scenarios that ran', () => {
    expect(check(good, '--scenario', 'same')).toMatchObject({ status: 0, last: '1 passed, 0 failed' })
  })
})

describe('the ports of the runner', { timeout: 30_000 }, () => {
  const command = (app: string): string => `exec '${process.execPath}' ${app}`

  it('starts an app again on another port if the first port was taken in the meantime', () => {
    write('loser.mjs', LOSER)
    expect(check(good, '--cmd', command('loser.mjs'))).toMatchObject({ status: 0, last: '2 passed, 0 failed' })
    const [first, second] = readFileSync(join(folder, 'ports'), 'utf8').trim().split('\n')
    expect(first).not.toBe(second)
  })

  it('gives up on an app that finds every port taken, and prints what the app printed', () => {
    write('never.mjs', "console.error('Error: listen EADDRINUSE')\nprocess.exit(1)\n")
    const { status, output } = check(good, '--cmd', command('never.mjs'))
    expect(output).toContain('the app ended while starting: Error: listen EADDRINUSE')
    expect(status).toBe(1)
  })

  it('reads the port that an app reports, and leaves the origin of the profile to the app', () => {
    write('profiles.json', { plain: { login_view: '{origin}/login' } })
    write('reporter.mjs', REPORTER)
    const seen = check(good, '--reports-port', '--cmd', command('reporter.mjs'))
    write('profiles.json', { plain: {} })
    expect(seen).toMatchObject({ status: 0, last: '2 passed, 0 failed' })
    expect(readFileSync(join(folder, 'given'), 'utf8')).toBe('0 {"login_view":"{origin}/login"}')
  })
})

describe('deviations.json', () => {
  const { rules } = JSON.parse(readFileSync(new URL('../deviations.json', import.meta.url), 'utf8')) as {
    rules: Record<string, string>
  }

  it('contains only rules of the design, repairs of the kit, and decisions that exist', () => {
    const KNOWN = [/^D([1-9]|1[0-2])$/, /^§\d+(\.\d+)?( \w+)?$/, /^repair:/, /^upstream-0\.7$/, /^docs\//]
    expect(Object.keys(rules).filter((rule) => !KNOWN.some((known) => known.test(rule)))).toEqual([])
    const folder = new URL('../../../docs/decisions/', import.meta.url)
    const decided = existsSync(folder) ? readdirSync(folder).map((file) => `docs/decisions/${file.slice(0, 3)}`) : []
    const named = Object.keys(rules).filter((rule) => rule.startsWith('docs/'))
    expect(decided).toEqual(expect.arrayContaining(named))
  })

  it('has at least one step for each of the 22 repairs', () => {
    const repairs = Object.keys(rules).filter((rule) => rule.startsWith('repair:'))
    expect(repairs.map((rule) => rule.slice('repair:'.length)).sort()).toEqual(REPAIRS)
  })
})
