import { describe, expect, it } from 'vitest'
import type { AppClient } from './app-client'
import { Bench } from './bench'
import { alterHeader, provePage } from './proof'
import { toCookieHeader } from './request'
import { SHORT } from './run-lengths'
import { LocalRunner } from './runner'
import type { Subject, Suite } from './subject'
import type { StartRunner } from './suite-run'
import type { Suites } from './suites'
import { createGreeting, getUserAt, LOGIN_PROMPT } from './users'
import { createGuardedWorkload } from './workloads'

const credentials = [0, 1, 2].map((index) => ({
  cookie: `session=${index}.${'signature'.repeat(4)}`,
  user: getUserAt(index),
}))

type Client = AppClient<string | null>

/** Creates an app that finds the index of the user by the cookie alone. */
function createClientBy(findIndex: (cookie: string) => number | null): Client {
  return {
    send: async (_path, cookie) => cookie,
    read: async (cookie) => {
      const index = cookie === null ? null : findIndex(cookie)
      const [status, body] = index === null ? [401, LOGIN_PROMPT] : [200, createGreeting(getUserAt(index))]
      return { status, body, setCookies: [] }
    },
  }
}

const correct = createClientBy((cookie) => {
  const index = credentials.findIndex((one) => one.cookie === cookie)
  return index < 0 ? null : index
})
/** Reads the id and does not verify the signature. */
const insecure = createClientBy((cookie) => Number.parseInt(cookie.split('=')[1] ?? '', 10) || 0)

async function getFailures(client: Client): Promise<string[]> {
  return (await provePage(client, credentials)).filter(({ ok }) => !ok).map(({ title }) => title)
}

describe('provePage', () => {
  it('passes for an app that accepts only valid cookies', async () => {
    expect(await getFailures(correct)).toEqual([])
  })

  it('fails for an app that accepts an altered cookie', async () => {
    expect(await getFailures(insecure)).toContain('an altered cookie of Visitor-1-of-the-bench is rejected')
  })

  it('fails for an app that rejects every cookie', async () => {
    expect(await getFailures(createClientBy(() => null))).toContain(
      'a valid cookie returns the page of Visitor-0-of-the-bench',
    )
  })

  it('fails for an app that returns the same user for every cookie', async () => {
    expect(await getFailures(createClientBy(() => 7))).toContain(
      'a valid cookie returns the page of Visitor-0-of-the-bench',
    )
  })

  it('fails for an app that accepts a request without a cookie', async () => {
    const open: Client = { ...correct, read: () => correct.read(credentials[0]?.cookie ?? null) }
    expect(await getFailures(open)).toContain('a request without a cookie is rejected')
  })
})

it('alterHeader changes one character in the value of every cookie', () => {
  const header = 'session=ABCDEFGH; session.sig=abcdefgh'
  for (const position of [0.25, 0.5, 0.75]) {
    const after = alterHeader(header, position)
    expect([...header].filter((character, index) => character !== after[index])).toHaveLength(2)
    expect(after).toMatch(/^session=\w{8}; session\.sig=\w{8}$/)
  }
})

it('toCookieHeader returns the Cookie header of a browser, with the last of two cookies of one name', () => {
  expect(toCookieHeader(['a=1; Path=/', 'b=2=; HttpOnly', 'a=3'])).toBe('a=3; b=2=')
})

describe('a run of the bench', () => {
  function createSuite(client: Client, sendNext = () => {}): Suite {
    const createWorkload = async () => ({ ...createGuardedWorkload(client, credentials), sendNext })
    return { name: 'a framework', subjects: [{ name: 'a peer', role: 'peer', packages: [], createWorkload }] }
  }

  /** Runs a subject in this process, with a clock that does not move. */
  const startHere: StartRunner = async (_suite, subject) => {
    const stopwatch = { now: () => 0, turn: async () => {}, collect: async () => {} }
    return new LocalRunner(await subject.createWorkload(SHORT.visitors), SHORT.timing, stopwatch)
  }

  function createBench(suites: Suites, startRunner = startHere): Bench {
    return new Bench({ lengths: SHORT, suites, startRunner, onStage: () => {} })
  }

  it('fails and times nothing if one subject accepts an altered cookie', async () => {
    let timed = 0
    const bench = createBench({ core: [], adapters: [createSuite(insecure, () => void timed++)] })
    expect(await bench.run()).toBeNull()
    expect(bench.checks.failures).toContain(
      'a framework, a peer: an altered cookie of Visitor-1-of-the-bench is rejected',
    )
    expect(timed).toBe(0)
  })

  it('fails if a subject cannot answer requests, and if a subject proves nothing', async () => {
    const broken: Client = { ...correct, send: () => Promise.reject(new Error('no such table')) }
    const createWorkload = async () => ({ sendNext: () => {}, prove: async () => [] })
    const silent: Subject = { name: 'a silent peer', role: 'peer', packages: [], createWorkload }
    const suite = { name: 'a framework', subjects: [...createSuite(broken).subjects, silent] }
    const bench = createBench({ core: [], adapters: [suite] })
    expect(await bench.run()).toBeNull()
    expect(bench.checks.failures).toEqual([
      'a framework, a peer: it answers requests: Error: no such table',
      'a framework, a silent peer: proves nothing',
    ])
  })

  it('fails if a process ended before its proofs, and stops every runner', async () => {
    let stopped = 0
    const startDead: StartRunner = async () => ({
      prove: () => Promise.reject(new Error('it ended')),
      warmUp: async () => {},
      takeSample: async () => 0,
      stop: () => void stopped++,
    })
    const bench = createBench({ core: [createSuite(correct)], adapters: [createSuite(correct)] }, startDead)
    expect(await bench.run()).toBeNull()
    expect(bench.checks.failures).toEqual(Array(2).fill('a framework, a peer: its process runs: Error: it ended'))
    expect(stopped).toBe(2)
  })
})
