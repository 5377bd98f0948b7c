// Sends one request for each session, then measures the growth of the heap and the time of further requests. Its own
// process keeps the heap free of other objects.
import type { GrowthResult, GrowthSettings } from './growth'
import { provePage } from './proof'
import { copyText, PAGE } from './request'
import { createSessionGenerator } from './session-generator'
import { toSpread } from './statistics'
import { createStopwatch, getHeapBytes, runInBatches } from './stopwatch'
import type { Credential } from './subject'
import { createClient, createGuarded } from './subjects/hono-apps'

const WARM_UP = 2000
const SAMPLES = 20
/** About a millisecond of requests. The event loop turns before each batch. */
const BATCH = 25

const { sessions, cacheBytes, requests, clock }: GrowthSettings = JSON.parse(process.argv[2] ?? '')
const sampleSize = Math.ceil(requests / SAMPLES)
const stopwatch = createStopwatch(clock)
const { manager, generate } = await createSessionGenerator(cacheBytes)
const client = createClient(await createGuarded(manager))

process.on('disconnect', () => process.exit())

const proofs = await provePage(client, [generate(-1)])
await sendOnce(-WARM_UP, WARM_UP)
const before = await getHeapBytes()
await sendOnce(0, sessions)
const heapBytes = (await getHeapBytes()) - before
// The full collection made the engine discard optimized code.
await sendOnce(sessions, WARM_UP)
const unseen = await takeSamples((number) => generate(sessions + WARM_UP + number))
const seenCredential = generate(sessions)
const seen = await takeSamples(() => seenCredential)
const row = { sessions, unseen: toSpread(unseen), seen: toSpread(seen), heapBytes }
process.send?.({ proofs, row } satisfies GrowthResult, () => process.disconnect())

/** @throws Error if a session is rejected. */
async function sendOnce(first: number, count: number): Promise<void> {
  await runInBatches(count, BATCH, stopwatch, async (from, to) => {
    for (let number = first + from; number < first + to; number++) {
      const { status } = await client.send(PAGE, generate(number).cookie)
      if (status !== 200) throw new Error(`Session ${number} was rejected with status ${status}.`)
    }
  })
}

/** Returns microseconds a request, sample by sample. The cookies of a sample are created before its start. */
async function takeSamples(getCredential: (number: number) => Credential): Promise<number[]> {
  const samples: number[] = []
  for (let first = 0; first < SAMPLES * sampleSize; first += sampleSize) {
    const cookies = Array.from({ length: sampleSize }, (_, i) => copyText(getCredential(first + i).cookie))
    await stopwatch.collect()
    const millis = await runInBatches(sampleSize, BATCH, stopwatch, async (from, to) => {
      for (const cookie of cookies.slice(from, to)) await client.send(PAGE, cookie)
    })
    samples.push((millis * 1000) / sampleSize)
  }
  return samples
}
