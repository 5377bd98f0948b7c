// The client of a request: its user agent, its IP address, or its network. Cookies contain a truncated HMAC of it, so that
// a readable cookie does not reveal it.
import { computeHmac, equalText } from '../../base/bytes'
import { toNetstrings } from '../../base/netstring'
import type { Key } from '../tokens/keyring'
import { parseUrl } from '../urls/parsed-url'
import type { RequestView } from './request'

/** A part of the client's identifier. `network` is /24 of an IPv4 address, /64 of an IPv6 address. */
export type ClientPart = 'userAgent' | 'address' | 'network'

const READERS: Readonly<Record<ClientPart, (request: RequestView) => string>> = {
  userAgent: (request) => request.headers.get('user-agent') ?? '',
  address: getAddress,
  network: (request) => getNetwork(getAddress(request)),
}

/** All parts of the client's identifier. */
export const CLIENT_PARTS = Object.keys(READERS) as readonly ClientPart[]

/** Returns whether one of the parts depends on the IP address, which an adapter must provide. */
export function needsAddress(parts: readonly ClientPart[]): boolean {
  return parts.includes('address') || parts.includes('network')
}

/** The length of a fingerprint: 22 characters of 6 bits, 132 bits. */
const CUT_LENGTH = 22

/** Returns the parts of the client as one text. A missing user agent is equal to an empty one. */
export function getClientText(request: RequestView, parts: readonly ClientPart[]): string {
  return toNetstrings(parts.map((part) => READERS[part](request)))
}

function getAddress(request: RequestView): string {
  return normalizeAddress(request.address ?? '')
}

/** Returns the HMAC of a text, truncated to 132 bits. */
export function createFingerprint(key: Key, text: string): string {
  return computeHmac(key.bytes, text).slice(0, CUT_LENGTH)
}

/**
 * Returns the index of the key with which a text has this fingerprint. The current key has the index 0; -1 if none
 * does.
 */
export function findFingerprintKey(keys: readonly Key[], text: string, given: string): number {
  return keys.findIndex((key) => equalText(createFingerprint(key, text), given))
}

/** Normalizes an IP address: IPv6 as the URL standard writes it, IPv4-mapped as IPv4, without a zone. */
export function normalizeAddress(address: string): string {
  const bare = address
    .trim()
    .replace(/^\[|\]$/g, '')
    .split('%')[0] as string
  if (!bare.includes(':')) return bare
  const parsed = parseUrl(`http://[${bare}]`)?.hostname.slice(1, -1)
  return parsed === undefined ? bare.toLowerCase() : (parseMappedIpv4(parsed) ?? parsed)
}

function parseMappedIpv4(address: string): string | null {
  const groups = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address)
  if (groups === null) return null
  const [high, low] = [groups[1], groups[2]].map((group) => Number.parseInt(group as string, 16)) as [number, number]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

function getNetwork(address: string): string {
  if (!address.includes(':')) return address.split('.').slice(0, 3).join('.')
  const [head = '', tail = ''] = address.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: address.includes('::') ? 8 - front.length - back.length : 0 }, () => '0')
  return [...front, ...zeros, ...back].slice(0, 4).join(':')
}
