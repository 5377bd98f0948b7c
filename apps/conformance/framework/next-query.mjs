// A route handler of Next.js does not receive the original query. Next.js parses it and serialises it again as a form, and
// replaces bytes that are not UTF-8. The library creates `next` from the query that the handler receives.
export { start } from '../next/bare.mjs'

const QUERY = 'a=a%20b&b=%26d&c=1%2B1&d=100%&e=%zz&f=%ff%fe&g=%0d%0aSet-Cookie:%20x=1&h=https://evil.example.test/'

export const request = `GET /asked?${QUERY} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`
export const shows =
  '/asked?a=a+b&b=%26d&c=1%2B1&d=100%25&e=%25zz&f=%EF%BF%BD%EF%BF%BD&g=%0D%0ASet-Cookie%3A+x%3D1&h=https%3A%2F%2Fevil.example.test%2F"'
