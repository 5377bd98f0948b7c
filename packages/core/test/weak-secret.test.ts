import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLoginManager } from '../src/index'

const PREVIOUS = 'Vb4tXw8ZrQ2nMk6JhGf0DsLp9AyCe1Ui'
const create = (secrets: string | Uint8Array): unknown => [
  createLoginManager({ secrets, loadUser: (id) => ({ id }) }),
  createLoginManager({ secrets: { current: PREVIOUS, previous: [secrets] }, loadUser: (id) => ({ id }) }),
]
const randomBytes = fc.noBias(fc.uint8Array({ minLength: 32, maxLength: 32 }))

describe('a secret of 32 random bytes', () => {
  it('is accepted as bytes, as hex, as base64 and as base64url', () => {
    fc.assert(
      fc.property(randomBytes, (bytes) => {
        const buffer = Buffer.from(bytes)
        for (const secret of [bytes, ...(['hex', 'base64', 'base64url'] as const).map((kind) => buffer.toString(kind))])
          expect(() => create(secret)).not.toThrow()
      }),
      { numRuns: 300 },
    )
  })
})

describe('a secret that is not random', () => {
  const isRejected = (secret: string | Uint8Array): void => {
    expect(() => create(secret)).toThrow(/^createLoginManager\(\)[\s\S]*secrets: [\s\S]*openssl rand -base64 32/)
  }

  it('is rejected with a command that creates a good one if it repeats a part', () => {
    const part = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' })
    fc.assert(fc.property(part, (text) => isRejected(text.repeat(Math.ceil(40 / text.length)))))
    fc.assert(fc.property(part, (text) => isRejected(Buffer.from(text.repeat(40)).toString('hex'))))
  })

  it('is rejected with a command that creates a good one if it counts up or down', () => {
    const [start, step] = [fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 })]
    fc.assert(
      fc.property(start, step, (first, distance) => {
        isRejected(Uint8Array.from({ length: 32 }, (_, index) => first + index * distance))
      }),
    )
  })
})
