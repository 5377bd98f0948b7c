// Messages for the next page that reads them: taken once.
import type { Steps } from '../base/task'
import { isCounted, openContent, readable } from '../identify/session-content'
import type { Exchange } from '../request/context'
import { type Flash, flashesOf, type KeptFlash } from '../state/flash'
import { flashed, flashesKept } from '../state/transitions'

/** Adds a message of the app's. Must run inside a transaction. */
export function* addFlash<User, Guest>(exchange: Exchange<User, Guest>, flash: Flash): Steps<void> {
  exchange.assertWritable()
  yield* openContent(exchange)
  const kept: KeptFlash = isCounted(exchange) ? flash : { ...flash, origin: 'visitor' }
  yield* exchange.write(flashed(exchange.state, kept), 'flash')
}

/** The messages; they stay. Must run inside a transaction. */
export function* peekFlashes<User, Guest>(exchange: Exchange<User, Guest>): Steps<readonly Flash[]> {
  yield* openContent(exchange)
  return readable(exchange).flashes.map(toFlash)
}

/** The messages of these categories, or all; they are gone then, but for a preview. Must run inside a transaction. */
export function* takeFlashes<User, Guest>(
  exchange: Exchange<User, Guest>,
  categories: readonly string[] | undefined,
): Steps<readonly Flash[]> {
  exchange.assertOpen()
  yield* openContent(exchange)
  const taken = flashesOf(readable(exchange).flashes, categories)
  const kept = exchange.state.flashes.filter((flash) => !taken.includes(flash))
  if (!exchange.isPreview) yield* exchange.write(flashesKept(exchange.state, kept), 'verb')
  return taken.map(toFlash)
}

function toFlash({ category, message }: KeptFlash): Flash {
  return { category, message }
}
