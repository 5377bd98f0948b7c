// Measures over HTTP: each framework bare, with the same headers, and guarded. One server is under load at a time, in rounds.
// The load comes from this process, so the processor time of the server is measured beside the throughput.
import { createFetchClient } from './app-client'
import { type HttpRow, type Measured, toFigures } from './http-row'
import { type LoadLength, runLoad } from './load'
import { createBenchManager, createUnseenCredentials } from './login-manager'
import { provePage } from './proof'
import { createHeaders, PAGE } from './request'
import { runInRounds } from './rounds'
import type { RunLengths } from './run-lengths'
import { type ServerApp, type ServerProcess, startServerProcess } from './server-process'
import type { Credential, Proof } from './subject'
import { SEEN, UNSEEN } from './subjects/framework-suite'

export const BARE = 'bare'
export const SAME_HEADERS = 'bare, with the same headers'
export const GUARDED = [`guarded, ${UNSEEN}`, `guarded, ${SEEN}`] as const

const FRAMEWORKS = ['Hono', 'Express', 'Fastify']
const VARIANTS: readonly (readonly [name: string, app: ServerApp])[] = [
  [BARE, 'bare'],
  [SAME_HEADERS, 'headers'],
  [GUARDED[0], 'guarded'],
  [GUARDED[1], 'guarded'],
]

interface Variant {
  readonly framework: string
  readonly name: string
  readonly app: ServerApp
  readonly server: ServerProcess
  readonly measured: Measured[]
}

export class HttpStage {
  readonly #variants: Variant[] = []
  readonly #credentials: readonly Credential[]
  readonly #lengths: RunLengths['http']

  private constructor(credentials: readonly Credential[], lengths: RunLengths['http']) {
    this.#credentials = credentials
    this.#lengths = lengths
  }

  /** Starts the servers. */
  static async start({ visitors, http }: RunLengths): Promise<HttpStage> {
    const credentials = await createUnseenCredentials(createBenchManager(visitors.cacheBytes), visitors)
    const stage = new HttpStage(credentials, http)
    try {
      for (const framework of FRAMEWORKS) await stage.#startServers(framework, visitors.cacheBytes)
      return stage
    } catch (error) {
      stage.stop()
      throw error
    }
  }

  stop(): void {
    for (const { server } of this.#variants) server.stop()
  }

  /** Proves every guarded server, and that the app it is compared with writes the same headers. */
  async prove(): Promise<readonly Proof[]> {
    const proofs: Proof[] = []
    for (const guarded of this.#variants.filter(({ app }) => app === 'guarded')) {
      const client = createFetchClient((path, headers) => fetchFrom(guarded, path, headers))
      proofs.push(...(await provePage(client, this.#credentials)), await this.#proveHeaders(guarded))
    }
    return proofs
  }

  async run(): Promise<readonly HttpRow[]> {
    for (const variant of this.#variants) await this.#load(variant, { requests: this.#lengths.warmUpRequests })
    await runInRounds(this.#variants, this.#lengths.rounds, async (variant) => {
      variant.measured.push(await this.#measure(variant))
    })
    return this.#variants.map(({ framework, name, measured }) => ({
      ...{ framework, variant: name },
      ...toFigures(measured, this.#getSameHeaders(framework).measured),
    }))
  }

  async #startServers(framework: string, cacheBytes: number): Promise<void> {
    for (const [name, app] of VARIANTS) {
      const server = await startServerProcess(framework, app, cacheBytes)
      this.#variants.push({ framework, name, app, server, measured: [] })
    }
  }

  #getSameHeaders(framework: string): Variant {
    return this.#variants.find((one) => one.framework === framework && one.name === SAME_HEADERS) as Variant
  }

  async #proveHeaders(guarded: Variant): Promise<Proof> {
    const headers = createHeaders(this.#credentials[0]?.cookie ?? null)
    const [names, others] = await Promise.all(
      [guarded, this.#getSameHeaders(guarded.framework)].map(async (variant) =>
        [...(await fetchFrom(variant, PAGE, headers)).headers.keys()].join(),
      ),
    )
    const ok = names === others && names?.includes('vary') === true
    return { title: `${guarded.framework} writes the same headers unguarded`, ok }
  }

  async #measure(variant: Variant): Promise<Measured> {
    const before = await variant.server.getCpuMicros()
    const throughput = await this.#load(variant, this.#lengths)
    return { ...throughput, cpu: ((await variant.server.getCpuMicros()) - before) / throughput.requests }
  }

  #load({ name, server }: Variant, length: LoadLength) {
    const all = this.#credentials.map(({ cookie }) => cookie)
    const cookies = name === GUARDED[1] ? all.slice(0, 1) : all
    return runLoad({ port: server.port, cookies, connections: this.#lengths.connections, length })
  }
}

function fetchFrom({ server }: Variant, path: string, headers: Record<string, string>): Promise<Response> {
  return fetch(`http://127.0.0.1:${server.port}${path}`, { headers, redirect: 'manual' })
}
