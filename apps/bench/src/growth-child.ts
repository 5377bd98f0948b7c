// Some sessions come by, once each; then it is timed what a request costs, and counted what stayed in memory. In a process of
// its own, so that nothing else is in the heap.
import type { Credential, Door } from './contestant'
import { honoDoor } from './contestants/hono/door'
import { guardedHono } from './contestants/hono/fetch-login'
import { provePage } from './proof'
import { offTheWire, PAGE } from './request'
import { createSessionPress, type SessionPress } from './session-press'
import { spreadOf } from './statistics'
import { stopwatch } from './stopwatch'

const WARM_UP = 2000
const SLICES = 20

const [sessions = 1, cacheBytes = 0, requests = SLICES] = process.argv.slice(2).map(Number)
const slice = Math.ceil(requests / SLICES)
const { collect } = stopwatch()
const press = await createSessionPress(cacheBytes)
const door = honoDoor(guardedHono(press.manager))

const proofs = await provePage(door, [press.mint(-1)])
await visit(press, -WARM_UP, WARM_UP)
const before = heapBytes()
for (let done = 0; done < sessions; done += 50_000) {
  await visit(press, done, Math.min(50_000, sessions - done))
  process.send?.({ done })
}
const grown = heapBytes() - before
const neverSeen = await timed(door, (turn, i) => press.mint(sessions + turn * slice + i))
const again = press.mint(sessions)
const seen = await timed(door, () => again)
const row = { sessions, neverSeen: spreadOf(neverSeen), seen: spreadOf(seen), heapBytes: grown }
process.send?.({ proofs, row }, () => process.disconnect())

/** @throws Error where one is refused. */
async function visit({ mint }: SessionPress, from: number, count: number): Promise<void> {
  for (let number = from; number < from + count; number++) {
    const { status } = await door.ask(PAGE, mint(number).cookie)
    if (status !== 200) throw new Error(`Session ${number} was refused.`)
  }
}

/** Microseconds a request, slice by slice; the cookies are made before. */
async function timed(to: Door<Response>, who: (turn: number, i: number) => Credential): Promise<number[]> {
  const samples: number[] = []
  for (let turn = 0; turn < SLICES; turn++) {
    const cookies = Array.from({ length: slice }, (_, i) => offTheWire(who(turn, i).cookie))
    collect()
    const start = performance.now()
    for (const cookie of cookies) await to.ask(PAGE, cookie)
    samples.push(((performance.now() - start) * 1000) / slice)
  }
  return samples
}

function heapBytes(): number {
  collect()
  collect()
  return process.memoryUsage().heapUsed
}
