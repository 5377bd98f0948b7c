// Over HTTP: one server process, each framework bare, with the same headers written, and guarded. The rounds are interleaved
// here too; this process makes the load, so the processor time of the server is told beside the throughput.
import { Child } from '../child'
import type { Answer, Credential, Door, Proof } from '../contestant'
import { createBenchManager, strangers } from '../contestants/login-manager'
import { AGAIN, NEVER } from '../contestants/ours'
import type { Lengths } from '../lengths'
import { provePage } from '../proof'
import { headersWith, PAGE } from '../request'
import { type Spread, spreadOf } from '../statistics'
import { runLoad, type Throughput } from './load'

export const BARE = 'bare'
export const SAME_HEADERS = 'bare, the same headers written'
export const GUARDED = [`guarded, ${NEVER}`, `guarded, ${AGAIN}`] as const

export interface HttpRow {
  readonly framework: string
  readonly variant: string
  readonly requestsPerSecond: Spread
  readonly p50: Spread
  readonly p99: Spread
  /** Microseconds of the server's processor time a request. */
  readonly cpu: Spread
  /** Throughput by that of the bare framework that writes the same headers, round by round. */
  readonly ratio: Spread
}

type Ports = Readonly<Record<string, Readonly<Record<'bare' | 'headers' | 'guarded', number>>>>

interface Variant {
  readonly framework: string
  readonly name: string
  readonly port: number
  readonly cookies: readonly string[]
}

interface Measured extends Throughput {
  readonly cpu: number
}

/** The first thing the server says, and its answer to every question. */
type Message = { readonly ports: Ports } | { readonly cpuMicros: number }

export class OverHttp {
  readonly #child: Child<Message>
  readonly #ports: Ports
  readonly #credentials: readonly Credential[]
  readonly #lengths: Lengths['http']

  private constructor(
    child: Child<Message>,
    ports: Ports,
    credentials: readonly Credential[],
    lengths: Lengths['http'],
  ) {
    this.#child = child
    this.#ports = ports
    this.#credentials = credentials
    this.#lengths = lengths
  }

  /** Starts the server. */
  static async start({ crowd, http }: Lengths): Promise<OverHttp> {
    const child = new Child<Message>('http-server', [crowd.cacheBytes])
    const credentials = await strangers(createBenchManager(crowd.cacheBytes), crowd)
    const { ports } = (await child.next()) as { ports: Ports }
    return new OverHttp(child, ports, credentials, http)
  }

  stop(): void {
    this.#child.stop()
  }

  /** Every guarded server proves itself, and that its headers are those that the other one writes. */
  async prove(): Promise<readonly Proof[]> {
    const proofs: Proof[] = []
    for (const [framework, { headers, guarded }] of Object.entries(this.#ports)) {
      proofs.push(...(await provePage(httpDoor(guarded), this.#credentials)))
      const same = await sameHeaders(headers, guarded, this.#credentials[0] as Credential)
      proofs.push({ what: `${framework} writes the same headers unguarded`, ok: same })
    }
    return proofs
  }

  async run(onRound: (round: number) => void): Promise<readonly HttpRow[]> {
    const variants = this.#variants()
    const measured = new Map(variants.map((variant) => [variant, [] as Measured[]]))
    for (let round = 0; round < this.#lengths.rounds; round++) {
      for (const variant of variants) measured.get(variant)?.push(await this.#measure(variant))
      onRound(round + 1)
    }
    return variants.map((variant) => rowOf(variant, measured))
  }

  #variants(): readonly Variant[] {
    const cookies = this.#credentials.map(({ cookie }) => cookie)
    return Object.entries(this.#ports).flatMap(([framework, { bare, headers, guarded }]) => [
      { framework, name: BARE, port: bare, cookies },
      { framework, name: SAME_HEADERS, port: headers, cookies },
      { framework, name: GUARDED[0], port: guarded, cookies },
      { framework, name: GUARDED[1], port: guarded, cookies: cookies.slice(0, 1) },
    ])
  }

  async #measure({ port, cookies }: Variant): Promise<Measured> {
    const before = await this.#cpuMicros()
    const throughput = await runLoad({ port, cookies, ...this.#lengths })
    return { ...throughput, cpu: ((await this.#cpuMicros()) - before) / throughput.requests }
  }

  async #cpuMicros(): Promise<number> {
    return ((await this.#child.ask('cpu')) as { cpuMicros: number }).cpuMicros
  }
}

function rowOf(variant: Variant, all: ReadonlyMap<Variant, readonly Measured[]>): HttpRow {
  const measured = all.get(variant) ?? []
  const [, base = []] =
    [...all].find(([{ framework, name }]) => framework === variant.framework && name === SAME_HEADERS) ?? []
  const spread = (pick: (one: Measured, round: number) => number): Spread => spreadOf(measured.map(pick))
  return {
    framework: variant.framework,
    variant: variant.name,
    requestsPerSecond: spread((one) => one.requestsPerSecond),
    p50: spread((one) => one.p50),
    p99: spread((one) => one.p99),
    cpu: spread((one) => one.cpu),
    ratio: spread((one, round) => one.requestsPerSecond / (base[round]?.requestsPerSecond ?? Number.NaN)),
  }
}

function httpDoor(port: number): Door<Response> {
  return {
    ask: (path, cookie) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers: headersWith(cookie), redirect: 'manual' }),
    read: async (response): Promise<Answer> => ({
      status: response.status,
      body: await response.text(),
      setCookies: response.headers.getSetCookie(),
      headerNames: [...response.headers.keys()].sort(),
    }),
  }
}

async function sameHeaders(one: number, other: number, { cookie }: Credential): Promise<boolean> {
  const [names, others] = await Promise.all(
    [one, other].map(async (port) => {
      const door = httpDoor(port)
      return (await door.read(await door.ask(PAGE, cookie))).headerNames.join()
    }),
  )
  return names === others && names?.includes('vary') === true
}
