// One line that says how far the run is; on a terminal it is written over, elsewhere each step has its own.
export class Progress {
  readonly #start = performance.now()
  readonly #out: NodeJS.WriteStream
  #stage = ''

  constructor(out: NodeJS.WriteStream = process.stderr) {
    this.#out = out
  }

  /** A new stage begins. */
  stage(name: string): void {
    this.#stage = name
    this.#write(name, !this.#out.isTTY)
  }

  /** So much of the stage is done. */
  step(done: number, of: number): void {
    if (this.#out.isTTY) this.#write(`${this.#stage}: ${done} of ${of}`, false)
  }

  /** Leaves the line as it is. */
  end(): void {
    if (this.#out.isTTY) this.#out.write('\n')
  }

  #write(text: string, endsLine: boolean): void {
    const seconds = Math.round((performance.now() - this.#start) / 1000)
    const line = `[${String(seconds).padStart(3)} s] ${text}`
    this.#out.write(endsLine ? `${line}\n` : `\r\u001b[K${line}`)
  }
}
