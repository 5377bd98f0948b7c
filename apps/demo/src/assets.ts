// The files that every page needs. They are asked for before the login: nobody has to be known for a style.
import { readFileSync } from 'node:fs'
import { Hono } from 'hono'

// One folder up from here in the sources, and in the build as well.
const read = (name: string): string => readFileSync(new URL(`../public/${name}`, import.meta.url), 'utf8')

export const assets = new Hono()

for (const [name, type] of [
  ['style.css', 'text/css; charset=utf-8'],
  ['icon.svg', 'image/svg+xml'],
] as const) {
  const body = read(name)
  assets.get(`/${name}`, (c) => c.body(body, 200, { 'content-type': type, 'cache-control': 'no-cache' }))
}
