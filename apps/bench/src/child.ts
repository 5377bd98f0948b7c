// A program of this bench in a process of its own, and what it says.
import { type ChildProcess, fork } from 'node:child_process'
import { on } from 'node:events'
import { fileURLToPath } from 'node:url'

export class Child<Message> {
  readonly #process: ChildProcess
  readonly #messages: AsyncIterator<[Message]>
  readonly #name: string

  /** Starts `dist/<program>.js`. */
  constructor(program: string, args: readonly (string | number)[]) {
    const path = fileURLToPath(new URL(`./${program}.js`, import.meta.url))
    const options = { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] as const }
    this.#name = [program, ...args].join(' ')
    this.#process = fork(path, args.map(String), { ...options, stdio: [...options.stdio] })
    this.#messages = on(this.#process, 'message', { close: ['disconnect'] } as object) as AsyncIterator<[Message]>
  }

  /** The next thing it says. @throws Error where it ended instead. */
  async next(): Promise<Message> {
    const { value, done } = await this.#messages.next()
    if (done === true) throw new Error(`A process ended before it was through: ${this.#name}`)
    return value[0]
  }

  /** Asks, and waits for what it says. @throws Error where it ended instead. */
  ask(question: string): Promise<Message> {
    // Where it cannot be sent, the process has ended, and the next line says so.
    this.#process.send(question, () => {})
    return this.next()
  }

  /** Lets go of it: it ends by itself then. */
  stop(): void {
    if (this.#process.connected) this.#process.disconnect()
  }
}
