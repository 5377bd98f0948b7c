// Starts a real nginx that ends TLS. It listens on a Unix socket in its own folder, so ports cannot collide.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request as requestOverTls } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { onTestFinished } from 'vitest'

/** Debian installs nginx in a folder that is in the PATH of root only. */
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` }

/** The reasons why these tests cannot run. The list is empty if they can. */
export const missing: readonly string[] = [
  ['nginx', '-v'],
  ['openssl', 'version'],
].flatMap(([program = '', argument = '']) =>
  spawnSync(program, [argument], { env }).status === 0 ? [] : [`${program} is not installed.`],
)

/** The hosts of the certificate: that of the tests, and that of the documents. */
const HOSTS = ['app.test', 'example.org']

export interface Nginx {
  /** Sends a request over TLS to the host of its URL, and does not follow redirects. */
  fetch(request: Request): Promise<Response>
  /** Sends the handshake of a WebSocket. */
  handshake(url: string, headers: Readonly<Record<string, string>>): Promise<Handshake>
  /** Returns the text of the error log. */
  log(): string
}

export interface Handshake {
  readonly status: number
  readonly body: string
}

/** Starts nginx with these `location` blocks, and `map` blocks beside the server. Ends it with the test. */
export async function startNginx(locations: string, maps = ''): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'))
  createCertificate(folder)
  writeFileSync(join(folder, 'nginx.conf'), createConfiguration(folder, locations, maps))
  const nginx = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'], { env, stdio: 'ignore' })
  onTestFinished(async () => {
    await stop(nginx)
    rmSync(folder, { recursive: true })
  })
  await waitForNginx(folder, nginx)
  return createClient(folder)
}

function createCertificate(folder: string): void {
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')]
  const names = ['-subj', '/CN=app.test', '-addext', `subjectAltName=${HOSTS.map((host) => `DNS:${host}`).join()}`]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync('openssl', ['req', '-x509', '-days', '1', ...key, ...files, ...names], { env, stdio: 'ignore' })
}

/** Runs nginx as one process in the foreground, so its process id is that of the child and its user that of the tests. */
function createConfiguration(folder: string, locations: string, maps: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${kind};`)
  return `daemon off; master_process off; pid nginx.pid;
events {}
http {
  access_log off;
  ${temporary.join(' ')}
  ${maps}
  server {
    listen unix:${join(folder, 'nginx.sock')} ssl;
    ssl_certificate certificate.pem;
    ssl_certificate_key key.pem;
    ${locations}
  }
}
`
}

const STARTS_WITHIN_MS = 20_000

async function waitForNginx(folder: string, nginx: ChildProcess): Promise<void> {
  const end = performance.now() + STARTS_WITHIN_MS
  while (!(await accepts(join(folder, 'nginx.sock')))) {
    if (hasEnded(nginx) || performance.now() > end) throw new Error(`nginx does not start:\n${readLog(folder)}`)
    await pause(10)
  }
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

function hasEnded({ exitCode, signalCode, pid }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null || pid === undefined
}

function stop(nginx: ChildProcess): Promise<void> {
  if (hasEnded(nginx)) return Promise.resolve()
  return new Promise((ended) => {
    nginx.once('exit', () => ended())
    nginx.kill('SIGTERM')
  })
}

function readLog(folder: string): string {
  const file = join(folder, 'error.log')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function createClient(folder: string): Nginx {
  const tls = {
    socketPath: join(folder, 'nginx.sock'),
    ca: readFileSync(join(folder, 'certificate.pem')),
    agent: false,
  }
  const send = (url: URL, method: string, headers: Record<string, string>, body?: Buffer) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const target = { method, path: url.pathname + url.search, servername: url.hostname }
      const sent = requestOverTls({ ...tls, ...target, headers: { host: url.host, ...headers } })
      sent.on('response', resolve).on('error', reject)
      sent.on('upgrade', (response: IncomingMessage, socket) => {
        socket.destroy()
        resolve(response)
      })
      sent.end(body)
    })
  return {
    async fetch(request) {
      const [headers, body] = [Object.fromEntries(request.headers), Buffer.from(await request.arrayBuffer())]
      return toResponse(await send(new URL(request.url), request.method, headers, body))
    },
    async handshake(url, headers) {
      const response = await send(new URL(url), 'GET', { ...HANDSHAKE, ...headers })
      const { statusCode: status = 0 } = response
      return { status, body: status === 101 ? '' : await readText(response) }
    },
    log: () => readLog(folder),
  }
}

const HANDSHAKE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

async function toResponse(message: IncomingMessage): Promise<Response> {
  const headers = new Headers()
  for (let at = 0; at < message.rawHeaders.length; at += 2)
    headers.append(message.rawHeaders[at] as string, message.rawHeaders[at + 1] as string)
  return new Response(await readText(message), { status: message.statusCode ?? 0, headers })
}

async function readText(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}
