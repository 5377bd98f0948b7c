import { describe, expect, it } from 'vitest'
import { toBase64url } from '../../base/base64url'
import { toUtf8 } from '../../base/bytes'
import { createKeyring } from './keyring'

const [current, previous] = [toUtf8('the current secret'), toUtf8('the previous secret')]

describe('keys of one secret', () => {
  const ring = createKeyring([current], 'app')

  it.each([
    ['another purpose', ring.keys('remember', 'cookie')],
    ['another cookie', ring.keys('session', 'other')],
    ['another length', ring.keys('session', 'cookie', 64)],
    ['another audience', createKeyring([current], 'other').keys('session', 'cookie')],
    ['another secret', createKeyring([previous], 'app').keys('session', 'cookie')],
    ['a purpose that contains the name of the cookie', ring.keys('session3:app6:cookie', '')],
  ])('differ from those of %s', (_, [other]) => {
    const [key] = ring.keys('session', 'cookie')
    expect(toBase64url(key!.bytes.slice(0, 32))).not.toBe(toBase64url(other!.bytes.slice(0, 32)))
    expect(key!.id).not.toBe(other!.id)
  })

  it('are the same in every process', () => {
    const [key] = createKeyring([current], 'app').keys('session', 'cookie')
    expect(key).toEqual(ring.keys('session', 'cookie')[0])
    expect(toBase64url(key!.bytes)).toHaveLength(43)
    expect(key!.id).toHaveLength(16)
  })

  it('are derived once', () => {
    expect(ring.keys('session', 'cookie')).toBe(ring.keys('session', 'cookie'))
  })

  it('have IDs that do not reveal them', () => {
    const [key] = ring.keys('session', 'cookie')
    expect(toBase64url(key!.bytes)).not.toContain(key!.id)
  })
})

it('a keyring returns the key of the current secret first', () => {
  const keys = createKeyring([current, previous], '').keys('session', 'cookie')
  expect(keys.map(({ id }) => id)).toEqual(
    [current, previous].map((secret) => createKeyring([secret], '').keys('session', 'cookie')[0]!.id),
  )
})
