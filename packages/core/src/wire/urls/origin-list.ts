// Lists of origins that an app names: exact ones, and `https://*.example.org` for each host that is one label longer.
import { toOrigin } from './url'

/** Whether the origin is in the list, exactly or by a wildcard. */
export function isListed(origin: string, list: readonly string[]): boolean {
  return list.some((listed) => (listed.includes('*') ? isOneLabelBelow(origin, listed) : listed === origin))
}

function isOneLabelBelow(origin: string, listed: string): boolean {
  const [before, after] = listed.split('*') as [string, string]
  const label = origin.slice(before.length, -after.length)
  return origin === before + label + after && /^[a-z0-9_-]+$/.test(label)
}

/** Whether this is an origin of http or https and nothing more, written as browsers send it. */
export function isWebOrigin(text: string): boolean {
  return toOrigin(text) === text && !text.includes('*')
}

/** Schemes of which no page sends an origin that identifies it. */
const NEVER_SENT = /^(?:https?|wss?|file|data|blob|about|javascript):/

/** Whether a request can come from this origin: one of the web, of another scheme, or one with a wildcard. */
export function isSendingOrigin(text: string): boolean {
  if (text.includes('*')) return isWildcard(text)
  return isWebOrigin(text) || (/^[a-z][a-z0-9+.-]*:\/\/[\w.-]+(?::\d{1,5})?$/i.test(text) && hasOwnScheme(text))
}

function hasOwnScheme(text: string): boolean {
  return /^[^A-Z]*$/.test(text.split(':')[0] as string) && !NEVER_SENT.test(text)
}

/** The wildcard is the first label and no other, and not below a whole top-level domain. */
function isWildcard(text: string): boolean {
  return /^https?:\/\/\*\.(?:[^.*/]+\.[^*]+|localhost(?::\d+)?)$/.test(text) && isWebOrigin(text.replace('*', 'x'))
}
