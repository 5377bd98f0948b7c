// Lists of origins in options: exact ones, and `https://*.example.org` for each host that is one label longer.
import { toOrigin } from './url'

/** Returns whether the origin is in the list, exactly or by a wildcard. */
export function isListed(origin: string, list: readonly string[]): boolean {
  return list.some((listed) => (listed.includes('*') ? isOneLabelBelow(origin, listed) : listed === origin))
}

function isOneLabelBelow(origin: string, listed: string): boolean {
  const [before, after] = listed.split('*') as [string, string]
  const label = origin.slice(before.length, -after.length)
  return origin === before + label + after && /^[a-z0-9_-]+$/.test(label)
}

/** Returns whether a text is an origin of http or https, written as browsers send it. */
export function isWebOrigin(text: string): boolean {
  return toOrigin(text) === text && !text.includes('*')
}

/** Schemes whose pages do not send an origin that identifies them. */
const NEVER_SENT = /^(?:https?|wss?|file|data|blob|about|javascript):/

/** Returns whether a browser can send this origin: of http or https, of another scheme, or with a wildcard. */
export function isSendingOrigin(text: string): boolean {
  if (text.includes('*')) return isWildcard(text)
  return isWebOrigin(text) || (/^[a-z][a-z0-9+.-]*:\/\/[\w.-]+(?::\d{1,5})?$/i.test(text) && hasOwnScheme(text))
}

function hasOwnScheme(text: string): boolean {
  return /^[^A-Z]*$/.test(text.split(':')[0] as string) && !NEVER_SENT.test(text)
}

/** Returns whether the wildcard is the first label only, and not below a top-level domain. */
function isWildcard(text: string): boolean {
  return /^https?:\/\/\*\.(?:[^.*/]+\.[^*]+|localhost(?::\d+)?)$/.test(text) && isWebOrigin(text.replace('*', 'x'))
}
