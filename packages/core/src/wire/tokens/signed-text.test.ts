import { describe, expect, it } from 'vitest'
import { toUtf8 } from '../../base/bytes'
import { createKeyring } from './keyring'
import { signText, verifyText } from './signed-text'

const keysOf = (...secrets: string[]) => createKeyring(secrets.map(toUtf8), '').keys('url', 'session')
const [current, previous] = ['first secret of thirty-two bytes!!', 'other secret of thirty-two bytes!!']
const URL_ASKED = 'https://app.test/a.b?c=d.e'

describe('a signed text', () => {
  it('is read with the key that signed it, also after a change of the secret', () => {
    const signed = signText(keysOf(current), URL_ASKED)
    expect(verifyText(keysOf(current), signed)).toBe(URL_ASKED)
    expect(verifyText(keysOf(previous, current), signed)).toBe(URL_ASKED)
  })

  it('is rejected with another key, or if one character differs', () => {
    const signed = signText(keysOf(current), URL_ASKED)
    expect(verifyText(keysOf(previous), signed)).toBeNull()
    for (let at = 0; at < signed.length; at++)
      expect(verifyText(keysOf(current), `${signed.slice(0, at)}~${signed.slice(at + 1)}`)).toBeNull()
    for (const text of ['', '.', URL_ASKED, `.${URL_ASKED}`, signed.slice(0, -1), `${signed}x`])
      expect(verifyText(keysOf(current), text)).toBeNull()
  })
})
