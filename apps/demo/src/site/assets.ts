// The files that every page needs. They are asked for before the login: nobody has to be known for a style.
import { existsSync, readFileSync } from 'node:fs'
import { Hono } from 'hono'

const FILES = [
  ['style.css', 'text/css; charset=utf-8'],
  ['icon.svg', 'image/svg+xml'],
] as const

// The build is one file, one folder nearer to the root than this source is.
const near = new URL('../public/', import.meta.url)
const folder = existsSync(near) ? near : new URL('../../public/', import.meta.url)

export const assets = new Hono()

for (const [name, type] of FILES) {
  const body = readFileSync(new URL(name, folder), 'utf8')
  assets.get(`/${name}`, (c) => c.body(body, 200, { 'content-type': type, 'cache-control': 'no-cache' }))
}
