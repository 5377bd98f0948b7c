import { describe, expect, it } from 'vitest'
import { authorization, basicCredentials, singleHeader } from './authorization'
import type { RequestView } from './request'

function sent(value?: string): RequestView {
  return { method: 'GET', url: '/', headers: { get: (name) => (name === 'authorization' ? (value ?? null) : null) } }
}

const NONE = { ok: false, reason: 'no-credential' }
const TWICE = { ok: false, reason: 'ambiguous-header' }
const BROKEN = { ok: false, reason: 'bad-format' }

describe('the Authorization header', () => {
  it.each<[string, string | undefined, unknown]>([
    ['a token', 'Bearer abc', { ok: true, value: 'abc' }],
    ['a scheme in any case', 'bEARER abc', { ok: true, value: 'abc' }],
    ['several blanks', 'Bearer   abc  ', { ok: true, value: 'abc' }],
    ['nothing', undefined, NONE],
    ['an empty one', '', NONE],
    ['another scheme', 'Basic abc', NONE],
    ['a scheme that only begins so', 'BearerX abc', NONE],
    ['a scheme alone', 'Bearer', NONE],
    ['a token alone', 'abc', NONE],
    ['a token with a blank in it', 'Bearer abc def', NONE],
    ['two lines', 'Bearer abc, Bearer def', TWICE],
  ])('%s', (_, value, credential) => {
    expect(authorization(sent(value), 'Bearer')).toEqual(credential)
  })
})

describe('HTTP Basic', () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
  it.each<[string, string | undefined, unknown]>([
    ['user and password', basic('zoe:pw'), { ok: true, value: { username: 'zoe', password: 'pw' } }],
    ['a colon in the password', basic('zoe:p:w'), { ok: true, value: { username: 'zoe', password: 'p:w' } }],
    ['letters beyond ASCII', basic('zoë:pässword'), { ok: true, value: { username: 'zoë', password: 'pässword' } }],
    ['empty ones', basic(':'), { ok: true, value: { username: '', password: '' } }],
    ['no colon', basic('zoe'), BROKEN],
    ['no base64', 'Basic %%%', BROKEN],
    ['no UTF-8', `Basic ${Buffer.from([0xff, 0x3a]).toString('base64')}`, BROKEN],
    ['nothing', undefined, NONE],
    ['a bearer token', 'Bearer abc', NONE],
    ['two lines', `${basic('a:b')}, ${basic('c:d')}`, TWICE],
  ])('%s', (_, value, credential) => {
    expect(basicCredentials(sent(value))).toEqual(credential)
  })
})

it('takes a header of its own for the key where it came once', () => {
  expect(singleHeader(sent('k'), 'authorization')).toEqual({ ok: true, value: 'k' })
  expect(singleHeader(sent('k1, k2'), 'authorization')).toEqual(TWICE)
  expect(singleHeader(sent('k'), 'x-api-key')).toEqual(NONE)
})
