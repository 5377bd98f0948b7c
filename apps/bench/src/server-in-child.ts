// A server in a process of its own, as a real one has: what the engine learns of one app is not in the way of another.
import { Child } from './child'
import type { App, Framework } from './servers'

/** The first thing it says, and its answer to every question. */
export type Reply = { readonly port: number } | { readonly cpuMicros: number }

export class ServerInChild {
  readonly port: number
  readonly #child: Child<Reply>

  private constructor(child: Child<Reply>, port: number) {
    this.#child = child
    this.port = port
  }

  static async start(framework: Framework, app: App, cacheBytes: number): Promise<ServerInChild> {
    const child = new Child<Reply>('http-server', [framework, app, cacheBytes])
    const { port } = (await child.next()) as { port: number }
    return new ServerInChild(child, port)
  }

  /** The processor time of all its threads so far, microseconds. */
  async cpuMicros(): Promise<number> {
    return ((await this.#child.ask('cpu')) as { cpuMicros: number }).cpuMicros
  }

  /** Lets go of it: it ends by itself then. */
  stop(): void {
    this.#child.stop()
  }
}
