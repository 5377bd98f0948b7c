// The changes that a framework makes itself are listed in framework/<adapter>.json. Each needs a proof, which is a module
// that sends the raw request to the framework without this library.
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

/** A proof: the raw request, the server, and a text in the raw response. */
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

function sendRaw(port: number, request: string): Promise<string> {
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

/** The results of the proofs. Several entries can name one proof, which runs once. */
const proven = new Map<string, Promise<boolean>>()

function isProvenOnce(name: string, proof: Proof): Promise<boolean> {
  const result = proven.get(name) ?? isProven(proof)
  proven.set(name, result)
  return result
}

async function isProven({ request, shows, start }: Proof): Promise<boolean> {
  const { port, stop } = await start()
  try {
    return (await sendRaw(port, request)).includes(shows)
  } finally {
    await stop()
  }
}

const findMethod = ({ scenario, step }: Entry): string | undefined => {
  const themes = new URL('../kit/scenarios/', import.meta.url)
  const steps = readdirSync(themes).flatMap((theme) => {
    const { scenarios } = JSON.parse(readFileSync(new URL(theme, themes), 'utf8')) as {
      scenarios: { id: string; steps: { method?: string }[] }[]
    }
    return scenarios.filter(({ id }) => id === scenario).flatMap(({ steps }) => steps)
  })
  return steps[step - 1]?.method
}

describe('the changes of frameworks', () => {
  it('are listed only for adapters of the kit', () => {
    expect(lists.map((name) => name.replace(/\.json$/, '')).filter((name) => !Object.hasOwn(ADAPTERS, name))).toEqual(
      [],
    )
  })

  it('have only the rule framework', () => {
    expect(entries.filter(({ rule }) => rule !== 'framework')).toEqual([])
  })

  it('have no proof that no entry names', () => {
    const named = entries.map(({ proof }) => proof)
    expect(files.filter((name) => !name.endsWith('.json') && !named.includes(name))).toEqual([])
  })

  for (const entry of entries) {
    it(`are proven for ${entry.scenario} in ${entry.list} by ${entry.proof}`, { timeout: 30_000 }, async () => {
      const file = new URL(entry.proof, folder)
      const proof = (await import(file.href)) as Proof
      expect(readFileSync(file, 'utf8')).not.toContain('@fetch-login')
      expect(proof.request.split(' ')[0]).toBe(findMethod(entry))
      expect(await isProvenOnce(entry.proof, proof)).toBe(true)
    })
  }

  it.each([
    ['/once', true],
    ['/twice', false],
  ])('are accepted only if the framework makes them without the library (%s)', async (path, isSo) => {
    const start = async () => {
      const server = createServer(({ url }, response) => response.end(`asked for ${url}`))
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
      return { port: (server.address() as AddressInfo).port, stop: () => server.close() }
    }
    const request = `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
    expect(await isProven({ request, shows: 'asked for /once', start })).toBe(isSo)
  })
})
