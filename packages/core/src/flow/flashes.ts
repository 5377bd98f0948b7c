// Messages for the next page that asks: taken once.
import type { Steps } from '../base/steps'
import { type Flash, splitFlashes } from '../state/flash'
import { flashesKept } from '../state/transitions'
import type { Exchange } from './exchange'

/** The messages of these categories, or all; they are gone then, but for a preview. Must run inside a transaction. */
export function* takeFlashes<User, Guest>(
  exchange: Exchange<User, Guest>,
  categories: readonly string[] | undefined,
): Steps<readonly Flash[]> {
  exchange.assertOpen()
  yield* exchange.open()
  const { taken, kept } = splitFlashes(exchange.state.flashes, categories)
  if (!exchange.isPreview) yield* exchange.write(flashesKept(exchange.state, kept), 'verb')
  return taken
}
