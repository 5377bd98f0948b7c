// Starts the example on 127.0.0.1: `node dist/server.js`. PORT is the port (default 3000; 0 selects a free port).
// LOGIN_SECRET signs the cookies.
import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { createApp } from './app'

if (!process.env.LOGIN_SECRET) {
  console.log('LOGIN_SECRET is not set. This process uses a random secret, so its logins end with it.')
}
const app = createApp(process.env.LOGIN_SECRET || randomBytes(32).toString('base64'))

const server = app.listen(Number(process.env.PORT || 3000), '127.0.0.1', (error?: Error) => {
  if (error) throw error
  console.log(`The example is at http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
