// docs/troubleshooting.md explains every reason that whyAnonymous() returns.
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { AnonymousReason } from '../packages/core/src/index'
import { readPage } from './docs/blocks'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** The compiler reports a reason that is missing here. */
const REASONS: Readonly<Record<AnonymousReason, true>> = {
  'ambiguous-header': true,
  'bad-claims': true,
  'bad-encoding': true,
  'bad-format': true,
  'bad-signature': true,
  'duplicate-cookie': true,
  expired: true,
  idle: true,
  inactive: true,
  'insecure-transport': true,
  'logged-out': true,
  'no-cookie': true,
  'no-login': true,
  'not-yet-valid': true,
  protected: true,
  revoked: true,
  'unknown-user': true,
}

it('explains every reason of whyAnonymous() in docs/troubleshooting.md', () => {
  const { prose } = readPage(ROOT, 'docs/troubleshooting.md')
  const explained = [...prose.matchAll(/^\| `([a-z-]+)` \|.*\|.*\|$/gm)].map(([, reason]) => reason)
  expect(explained.filter((reason) => reason !== 'two-copies').sort()).toEqual(Object.keys(REASONS).sort())
})
