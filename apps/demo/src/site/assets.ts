// The static files. They are served before the login middleware, because they do not depend on the user.

import { Hono } from 'hono'
import { readFile } from '#files'

const FILES = [
  ['style.css', 'text/css; charset=utf-8'],
  ['icon.svg', 'image/svg+xml'],
] as const

export const assets = new Hono()

for (const [name, type] of FILES) {
  const body = readFile(name)
  assets.get(`/${name}`, (c) => c.body(body, 200, { 'content-type': type, 'cache-control': 'no-cache' }))
}
