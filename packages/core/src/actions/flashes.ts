// Stores flash messages until a page takes them.
import type { Task } from '../base/task'
import { getReadableContent, isContentOfLogin, openContent } from '../identify/session-content'
import type { RequestContext } from '../request/context'
import { type Flash, getFlashesOf, type KeptFlash } from '../state/flash'
import { flashed, flashesKept } from '../state/transitions'

/** Adds a message of the app. Must run inside a transaction. */
export function* addFlash<User, Guest>(ctx: RequestContext<User, Guest>, flash: Flash): Task<void> {
  ctx.assertWritable()
  yield* openContent(ctx)
  const kept: KeptFlash = isContentOfLogin(ctx) ? flash : { ...flash, origin: 'visitor' }
  yield* ctx.write(flashed(ctx.state, kept), 'flash')
}

/** Returns all messages without removing them. Must run inside a transaction. */
export function* peekFlashes<User, Guest>(ctx: RequestContext<User, Guest>): Task<readonly Flash[]> {
  yield* openContent(ctx)
  return getReadableContent(ctx).flashes.map(toFlash)
}

/**
 * Returns the messages of some or all categories, and removes them unless the request is a preview. Must run inside a
 * transaction.
 */
export function* takeFlashes<User, Guest>(
  ctx: RequestContext<User, Guest>,
  categories: readonly string[] | undefined,
): Task<readonly Flash[]> {
  ctx.assertOpen()
  yield* openContent(ctx)
  const taken = getFlashesOf(getReadableContent(ctx).flashes, categories)
  const kept = ctx.state.flashes.filter((flash) => !taken.includes(flash))
  if (!ctx.isPreview) yield* ctx.write(flashesKept(ctx.state, kept), 'operation')
  return taken.map(toFlash)
}

function toFlash({ category, message }: KeptFlash): Flash {
  return { category, message }
}
