// A search that finds nothing proves nothing, unless it finds what is there.
import { describe, expect, it } from 'vitest'
import { strangersIn } from './edge-bundle.mjs'

describe('what an edge runtime has not', () => {
  it.each([
    ["import { createHmac } from 'node:crypto'", ['import node:crypto']],
    ["const fs = await import('node:fs')", ['import()']],
    ['const secret = process.env.SECRET', ['process']],
    ['const secret = globalThis.process?.env', ['process']],
    ['const bytes = Buffer.from(text)', ['Buffer']],
    ["const fs = require('fs')", ['require']],
  ])('is found: %s', (code, found) => {
    expect(strangersIn(code)).toEqual(found)
  })

  it.each([
    "throw new Error('secrets: process.env.LOGIN_SECRET')",
    'const queue = worker.process(job)',
    'const kinds = { process: 1, Buffer() {} }',
  ])('is not taken for what only has its name: %s', (code) => {
    expect(strangersIn(code)).toEqual([])
  })
})
