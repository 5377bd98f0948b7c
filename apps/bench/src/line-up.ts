// Everybody at their places: a racer for each contestant. All are started and prove themselves before anything is timed, and
// are let go when their heat is over.
import type { Contestant, Heat, Proof } from './contestant'
import type { Racer } from './racer'
import { type HeatResult, runHeat } from './stages/heat'

export type Start = (heat: Heat, contestant: Contestant) => Racer | Promise<Racer>

export class LineUp {
  readonly #racers = new Map<Heat, ReadonlyMap<Contestant, Racer>>()

  async start(heats: readonly Heat[], start: Start): Promise<void> {
    for (const heat of heats) {
      const racers = new Map<Contestant, Racer>()
      this.#racers.set(heat, racers)
      for (const contestant of heat.contestants) racers.set(contestant, await start(heat, contestant))
    }
  }

  /** Whose process ended proves nothing. */
  async prove(heat: Heat, contestant: Contestant): Promise<readonly Proof[]> {
    try {
      return (await this.#of(heat).get(contestant)?.prove()) ?? []
    } catch (thrown) {
      return [{ what: `its process lives: ${String(thrown)}`, ok: false }]
    }
  }

  async run(heat: Heat, rounds: number, onRound: (round: number) => void): Promise<HeatResult> {
    const result = await runHeat(heat.name, this.#of(heat), rounds, onRound)
    this.#stop(heat)
    return result
  }

  /** Lets go of whoever is still there. */
  stop(): void {
    for (const heat of this.#racers.keys()) this.#stop(heat)
  }

  #of(heat: Heat): ReadonlyMap<Contestant, Racer> {
    return this.#racers.get(heat) ?? new Map()
  }

  #stop(heat: Heat): void {
    for (const racer of this.#of(heat).values()) racer.stop()
    this.#racers.delete(heat)
  }
}
