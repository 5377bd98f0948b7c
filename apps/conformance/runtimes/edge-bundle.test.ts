// The search for names of Node finds planted names.
import { describe, expect, it } from 'vitest'
import { findNodeNames } from './edge-bundle.mjs'

describe('findNodeNames()', () => {
  it.each([
    ["import { createHmac } from 'node:crypto'", ['import node:crypto']],
    ["const fs = await import('node:fs')", ['import()']],
    ['const secret = process.env.SECRET', ['process']],
    ['const secret = globalThis.process?.env', ['process']],
    ['const bytes = Buffer.from(text)', ['Buffer']],
    ["const fs = require('fs')", ['require']],
  ])('finds a name that an edge runtime does not have: %s', (code, found) => {
    expect(findNodeNames(code)).toEqual(found)
  })

  it.each([
    "throw new Error('secrets: process.env.LOGIN_SECRET')",
    'const queue = worker.process(job)',
    'const kinds = { process: 1, Buffer() {} }',
  ])('ignores a name that is not that of Node: %s', (code) => {
    expect(findNodeNames(code)).toEqual([])
  })
})
