// node dist/server.js: the example on this machine. PORT is where it listens (3000; 0 takes any free port); LOGIN_SECRET
// seals the cookies.
import { randomBytes } from 'node:crypto'
import { createApp } from './app'

if (!process.env.LOGIN_SECRET) {
  console.log('LOGIN_SECRET is not set: this run draws its own, and its logins end with it.')
}
const app = createApp(process.env.LOGIN_SECRET || randomBytes(32).toString('base64'))

const address = await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT || 3000) })
console.log(`The example is at ${address}`)
