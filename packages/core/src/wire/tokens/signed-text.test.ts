import { describe, expect, it } from 'vitest'
import { toUtf8 } from '../../base/bytes'
import { createKeyring } from './keyring'
import { signText, verifyText } from './signed-text'

const deriveKeys = (...secrets: string[]) => createKeyring(secrets.map(toUtf8), '').keys('url', 'session')
const [firstSecret, otherSecret] = ['first secret of thirty-two bytes!!', 'other secret of thirty-two bytes!!']
const PAGE_URL = 'https://app.test/a.b?c=d.e'

describe('a signed text', () => {
  it('is verified with the key that signed it, also if this key is a previous one', () => {
    const signed = signText(deriveKeys(firstSecret), PAGE_URL)
    expect(verifyText(deriveKeys(firstSecret), signed)).toBe(PAGE_URL)
    expect(verifyText(deriveKeys(otherSecret, firstSecret), signed)).toBe(PAGE_URL)
  })

  it('is rejected with another key, or if one character differs', () => {
    const signed = signText(deriveKeys(firstSecret), PAGE_URL)
    expect(verifyText(deriveKeys(otherSecret), signed)).toBeNull()
    for (let at = 0; at < signed.length; at++)
      expect(verifyText(deriveKeys(firstSecret), `${signed.slice(0, at)}~${signed.slice(at + 1)}`)).toBeNull()
    for (const text of ['', '.', PAGE_URL, `.${PAGE_URL}`, signed.slice(0, -1), `${signed}x`])
      expect(verifyText(deriveKeys(firstSecret), text)).toBeNull()
  })
})
