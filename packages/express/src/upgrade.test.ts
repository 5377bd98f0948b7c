// WebSocket handshakes on a Node server.
import { createServer } from 'node:http'
import { checkRequest } from '@fetch-login/core/adapter'
import { nodeRequestView } from '@fetch-login/core/node'
import { describe, expect, it } from 'vitest'
import { alice, createBrowser, manager } from '../testing/app'
import { expectQuietProcess } from '../testing/quiet'
import { listen, sendRaw } from '../testing/served'

expectQuietProcess()

describe('a WebSocket handshake outside of the framework', () => {
  it('is accepted by a separate Auth object only with its own origin and a user', async () => {
    const server = createServer((_req, res) => res.end())
    server.on('upgrade', async (req, socket) => {
      const login = manager.open(nodeRequestView(req), { readOnly: true })
      const user = (await checkRequest(login)) === null ? await login.currentUser() : null
      socket.end(`HTTP/1.1 ${user === null ? 401 : 200} ${user?.id}\r\nConnection: close\r\n\r\n`)
    })
    const origin = await listen(server)
    const browser = createBrowser(origin)
    await browser.loginAs(alice)
    const cookie = `Cookie: __Host-session=${browser.cookies.get('__Host-session')}`
    const sendHandshake = async (from: string, ...lines: string[]): Promise<string | undefined> => {
      const upgrade = ['Upgrade: websocket', 'Connection: Upgrade', 'User-Agent: test-client', `Origin: ${from}`]
      return (await sendRaw(origin, 'GET / HTTP/1.1', [...upgrade, ...lines])).text.split('\r\n')[0]
    }
    expect(await sendHandshake(origin, cookie)).toBe('HTTP/1.1 200 alice')
    expect(await sendHandshake('https://evil.test', cookie)).toBe('HTTP/1.1 401 undefined')
    expect(await sendHandshake(origin)).toBe('HTTP/1.1 401 undefined')
  })
})
