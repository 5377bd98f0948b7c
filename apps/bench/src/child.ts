// A program of the bench in its own process.
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
    this.#name = [program, ...args].join(' ')
    this.#process = fork(path, args.map(String), {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#messages = on(this.#process, 'message', { close: ['disconnect'] } as object) as AsyncIterator<[Message]>
  }

  /** Returns the next message. @throws Error if the process ended instead. */
  async receive(): Promise<Message> {
    const { value, done } = await this.#messages.next()
    if (done === true) throw new Error(`A process ended before its work was complete: ${this.#name}`)
    return value[0]
  }

  /** Sends a message and returns the response. @throws Error if the process ended instead. */
  request(message: string): Promise<Message> {
    // If the message cannot be sent, the process has ended, and `receive` throws.
    this.#process.send(message, () => {})
    return this.receive()
  }

  /** Disconnects the process, which ends it. */
  stop(): void {
    if (this.#process.connected) this.#process.disconnect()
  }
}
