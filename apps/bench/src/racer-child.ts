// The process of one contestant. Its parent says when it proves itself, runs warm and is timed; in between it sleeps.
import { contestantOf } from './heats'
import { racerOf } from './racer'
import type { Order, Race } from './racer-in-child'
import { stopwatch } from './stopwatch'

const [heat = '', contestant = '', race = ''] = process.argv.slice(2)
const { crowd, pace, clock }: Race = JSON.parse(race)
// Orders may come before it is set up.
const racer = contestantOf(heat, contestant)
  .work(crowd)
  .then((work) => racerOf(work, pace, stopwatch(clock)))

process.on('message', async (order: Order) => process.send?.({ result: await (await racer)[order]() }))
process.on('disconnect', () => process.exit())
