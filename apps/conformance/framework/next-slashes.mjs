// Next.js redirects a path with two slashes to the path with one slash, before it matches routes.
export { start } from '../next/bare.mjs'

export const request = 'GET //evil.example.test/secret HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'
export const shows = 'HTTP/1.1 308 Permanent Redirect\r\nlocation: /evil.example.test/secret\r\n'
