// Over HTTP: each framework bare, with the same headers written, and guarded, each in a server process of its own. One is
// under load at a time, in rounds; this process makes the load, so the processor time of the server is told beside the throughput.
import type { Credential, Proof } from '../contestant'
import { createBenchManager, strangers } from '../contestants/login-manager'
import { AGAIN, NEVER } from '../contestants/ours'
import { httpDoor } from '../http-door'
import type { Lengths } from '../lengths'
import { provePage } from '../proof'
import { PAGE } from '../request'
import { inRounds } from '../rounds'
import { ServerInChild } from '../server-in-child'
import { type App, FRAMEWORKS, type Framework } from '../servers'
import { figuresOf, type HttpRow, type Measured } from './http-row'
import { runLoad } from './load'

export const BARE = 'bare'
export const SAME_HEADERS = 'bare, the same headers written'
export const GUARDED = [`guarded, ${NEVER}`, `guarded, ${AGAIN}`] as const

const VARIANTS: readonly (readonly [name: string, app: App])[] = [
  [BARE, 'bare'],
  [SAME_HEADERS, 'headers'],
  [GUARDED[0], 'guarded'],
  [GUARDED[1], 'guarded'],
]

interface Variant {
  readonly framework: Framework
  readonly name: string
  readonly app: App
  readonly server: ServerInChild
  readonly measured: Measured[]
}

export class OverHttp {
  readonly #variants: Variant[] = []
  readonly #credentials: readonly Credential[]
  readonly #lengths: Lengths['http']

  private constructor(credentials: readonly Credential[], lengths: Lengths['http']) {
    this.#credentials = credentials
    this.#lengths = lengths
  }

  /** Starts the servers. */
  static async start({ crowd, http }: Lengths): Promise<OverHttp> {
    const stage = new OverHttp(await strangers(createBenchManager(crowd.cacheBytes), crowd), http)
    try {
      for (const framework of FRAMEWORKS) await stage.#startAll(framework, crowd.cacheBytes)
      return stage
    } catch (error) {
      stage.stop()
      throw error
    }
  }

  stop(): void {
    for (const { server } of this.#variants) server.stop()
  }

  /** Every guarded server proves itself, and that its headers are those that the other one writes. */
  async prove(): Promise<readonly Proof[]> {
    const proofs: Proof[] = []
    for (const guarded of this.#variants.filter(({ app }) => app === 'guarded')) {
      proofs.push(...(await provePage(httpDoor(guarded.server.port), this.#credentials)))
      proofs.push(await this.#proveHeaders(guarded))
    }
    return proofs
  }

  async run(onRound: (round: number) => void): Promise<readonly HttpRow[]> {
    for (const variant of this.#variants) await this.#load(variant, { requests: this.#lengths.warmUpRequests })
    const measure = async (variant: Variant) => void variant.measured.push(await this.#measure(variant))
    await inRounds(this.#variants, this.#lengths.rounds, measure, onRound)
    return this.#variants.map(({ framework, name, measured }) => ({
      ...{ framework, variant: name },
      ...figuresOf(measured, this.#sameHeaders(framework).measured),
    }))
  }

  async #startAll(framework: Framework, cacheBytes: number): Promise<void> {
    for (const [name, app] of VARIANTS) {
      const server = await ServerInChild.start(framework, app, cacheBytes)
      this.#variants.push({ framework, name, app, server, measured: [] })
    }
  }

  #sameHeaders(framework: Framework): Variant {
    return this.#variants.find((one) => one.framework === framework && one.name === SAME_HEADERS) as Variant
  }

  async #proveHeaders({ framework, server }: Variant): Promise<Proof> {
    const ports = [this.#sameHeaders(framework).server.port, server.port]
    const [names, others] = await Promise.all(
      ports.map((port) => headerNames(port, this.#credentials[0] as Credential)),
    )
    const ok = names === others && names?.includes('vary') === true
    return { what: `${framework} writes the same headers unguarded`, ok }
  }

  async #measure(variant: Variant): Promise<Measured> {
    const before = await variant.server.cpuMicros()
    const throughput = await this.#load(variant, this.#lengths)
    return { ...throughput, cpu: ((await variant.server.cpuMicros()) - before) / throughput.requests }
  }

  #load({ name, server }: Variant, length: { readonly seconds: number } | { readonly requests: number }) {
    const all = this.#credentials.map(({ cookie }) => cookie)
    const cookies = name === GUARDED[1] ? all.slice(0, 1) : all
    return runLoad({ port: server.port, cookies, connections: this.#lengths.connections, length })
  }
}

async function headerNames(port: number, { cookie }: Credential): Promise<string> {
  const door = httpDoor(port)
  return (await door.read(await door.ask(PAGE, cookie))).headerNames.join()
}
