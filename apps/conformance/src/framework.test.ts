// What a framework changes by itself is excused apart from our own deviations (framework/<adapter>.json), and only with
// a proof: a module that sends the raw request to the bare framework, where nothing of ours stands in the way.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ADAPTERS } from '../adapters.mjs'

interface Entry {
  readonly scenario: string
  readonly step: number
  readonly rule: string
  readonly proof: string
}

/** A proof: what is sent, to what, and what can be read in the raw answer. */
interface Proof {
  readonly request: string
  readonly shows: string
  start(): Promise<{ readonly port: number; stop(): unknown }>
}

const folder = new URL('../framework/', import.meta.url)
const files = existsSync(folder) ? readdirSync(folder) : []
const lists = files.filter((name) => name.endsWith('.json'))
const entries = lists.flatMap((list) =>
  (JSON.parse(readFileSync(new URL(list, folder), 'utf8')) as { deviations: Entry[] }).deviations.map((entry) => ({
    ...entry,
    list,
  })),
)

function answerOf(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request, 'latin1'))
    let answer = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text
    })
    socket.on('close', () => resolve(answer)).on('error', reject)
    socket.setTimeout(5000, () => socket.destroy(new Error(`no end within 5 s of: ${answer}`)))
  })
}

/** One proof may stand for several entries, and is run once. */
const proven = new Map<string, Promise<boolean>>()

function isProvenOnce(name: string, proof: Proof): Promise<boolean> {
  const result = proven.get(name) ?? isProven(proof)
  proven.set(name, result)
  return result
}

async function isProven({ request, shows, start }: Proof): Promise<boolean> {
  const { port, stop } = await start()
  try {
    return (await answerOf(port, request)).includes(shows)
  } finally {
    await stop()
  }
}

const methodOf = ({ scenario, step }: Entry): string | undefined => {
  const themes = new URL('../kit/scenarios/', import.meta.url)
  const steps = readdirSync(themes).flatMap((theme) => {
    const { scenarios } = JSON.parse(readFileSync(new URL(theme, themes), 'utf8')) as {
      scenarios: { id: string; steps: { method?: string }[] }[]
    }
    return scenarios.filter(({ id }) => id === scenario).flatMap(({ steps }) => steps)
  })
  return steps[step - 1]?.method
}

describe('what frameworks change', () => {
  it('is listed only for adapters that are played', () => {
    expect(lists.map((name) => name.replace(/\.json$/, '')).filter((name) => !Object.hasOwn(ADAPTERS, name))).toEqual(
      [],
    )
  })

  it('excuses nothing that is ours', () => {
    expect(entries.filter(({ rule }) => rule !== 'framework')).toEqual([])
  })

  it('keeps no proof of what is listed nowhere', () => {
    const named = entries.map(({ proof }) => proof)
    expect(files.filter((name) => !name.endsWith('.json') && !named.includes(name))).toEqual([])
  })

  for (const entry of entries) {
    it(`shows in ${entry.list} at ${entry.scenario} without us: ${entry.proof}`, { timeout: 30_000 }, async () => {
      const file = new URL(entry.proof, folder)
      const proof = (await import(file.href)) as Proof
      expect(readFileSync(file, 'utf8')).not.toContain('@fetch-login')
      expect(proof.request.split(' ')[0]).toBe(methodOf(entry))
      expect(await isProvenOnce(entry.proof, proof)).toBe(true)
    })
  }

  it.each([
    ['/once', true],
    ['/twice', false],
  ])('is believed only where the bare framework does it (%s)', async (path, isSo) => {
    const start = async () => {
      const server = createServer(({ url }, response) => response.end(`asked for ${url}`))
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
      return { port: (server.address() as AddressInfo).port, stop: () => server.close() }
    }
    const request = `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
    expect(await isProven({ request, shows: 'asked for /once', start })).toBe(isSo)
  })
})
