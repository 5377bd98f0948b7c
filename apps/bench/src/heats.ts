// Who takes part, and against whom.
import type { Contestant, Heat } from './contestant'
import { CORE } from './contestants/core/heat'
import { EXPRESS } from './contestants/express/heat'
import { FASTIFY } from './contestants/fastify/heat'
import { HONO } from './contestants/hono/heat'

export interface Field {
  readonly core: readonly Heat[]
  readonly adapters: readonly Heat[]
}

export const EVERYBODY: Field = { core: CORE, adapters: [HONO, EXPRESS, FASTIFY] }

/** Both by name, as another process says them. @throws Error where there is none. */
export function contestantOf(heat: string, name: string): Contestant {
  const { core, adapters } = EVERYBODY
  const found = [...core, ...adapters].find((one) => one.name === heat)?.contestants.find((one) => one.name === name)
  if (found === undefined) throw new Error(`There is no "${name}" in "${heat}".`)
  return found
}
