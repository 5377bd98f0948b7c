// Some sessions come by, once each; then it is timed what a request costs, and counted what stayed in memory. In a process of
// its own, so that nothing else is in the heap.
import type { Credential, Door } from './contestant'
import { honoDoor } from './contestants/hono/door'
import { guardedHono } from './contestants/hono/fetch-login'
import { provePage } from './proof'
import { offTheWire, PAGE } from './request'
import { createSessionPress, type SessionPress } from './session-press'
import { spreadOf } from './statistics'
import { heapBytes, stopwatch } from './stopwatch'
import { inStrides } from './strides'

const WARM_UP = 2000
const SLICES = 20
/** How many come by before the event loop turns: about a millisecond of them. */
const STRIDE = 25
/** How many come by before it is told. */
const STAGE = 10_000

const [sessions = 1, cacheBytes = 0, requests = SLICES] = process.argv.slice(2, 5).map(Number)
const slice = Math.ceil(requests / SLICES)
const watch = stopwatch(process.argv[5] === 'processor' ? 'processor' : 'wall')
const press = await createSessionPress(cacheBytes)
const door = honoDoor(guardedHono(press.manager))

process.on('disconnect', () => process.exit())

const proofs = await provePage(door, [press.mint(-1)])
await visit(press, -WARM_UP, WARM_UP)
const before = await heapBytes()
for (let done = 0; done < sessions; done += STAGE) {
  await visit(press, done, Math.min(STAGE, sessions - done))
  process.send?.({ done })
}
const grown = (await heapBytes()) - before
// Taking all rubbish away cost the engine its optimized code.
await visit(press, sessions, WARM_UP)
const neverSeen = await timed(door, (turn, i) => press.mint(sessions + WARM_UP + turn * slice + i))
const again = press.mint(sessions)
const seen = await timed(door, () => again)
const row = { sessions, neverSeen: spreadOf(neverSeen), seen: spreadOf(seen), heapBytes: grown }
process.send?.({ proofs, row }, () => process.disconnect())

/** @throws Error where one is refused. */
async function visit({ mint }: SessionPress, first: number, count: number): Promise<void> {
  await inStrides(count, STRIDE, watch, async (from, to) => {
    for (let number = first + from; number < first + to; number++) {
      const { status } = await door.ask(PAGE, mint(number).cookie)
      if (status !== 200) throw new Error(`Session ${number} was refused.`)
    }
  })
}

/** Microseconds a request, slice by slice; the cookies are made before. */
async function timed(to: Door<Response>, who: (turn: number, i: number) => Credential): Promise<number[]> {
  const samples: number[] = []
  for (let turn = 0; turn < SLICES; turn++) {
    const cookies = Array.from({ length: slice }, (_, i) => offTheWire(who(turn, i).cookie))
    await watch.collect()
    samples.push(((await asked(to, cookies)) * 1000) / slice)
  }
  return samples
}

/** Milliseconds that asking with each of them takes. */
function asked(to: Door<Response>, cookies: readonly string[]): Promise<number> {
  return inStrides(cookies.length, STRIDE, watch, async (from, end) => {
    for (let i = from; i < end; i++) await to.ask(PAGE, cookies[i] as string)
  })
}
