// What speaks connect: Express 5, Express 4, connect, and a plain server of Node with a loop of its own. All that the
// adapter promises has to hold on each of them.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import connect from 'connect'
import express from 'express'
import express4 from 'express4'

export type Next = (error?: unknown) => void
export type Handler = (req: IncomingMessage, res: ServerResponse, next: Next) => unknown
export type ErrorHandler = (error: unknown, req: IncomingMessage, res: ServerResponse) => unknown

/** Creates a server from handlers that run in order. Without an error handler it responds to errors as the host does. */
export interface Host {
  readonly name: string
  create(handlers: readonly Handler[], onError?: ErrorHandler): RequestListener
}

type Handled = (error: unknown, req: IncomingMessage, res: ServerResponse, next: Next) => unknown

interface ConnectLike {
  use(handler: Handler | Handled): unknown
}

export const hosts: readonly Host[] = [
  { name: 'Express 5', create: (handlers, onError) => filled(express(), handlers, onError) },
  { name: 'Express 4', create: (handlers, onError) => filled(express4(), handlers.map(caught), onError) },
  { name: 'connect', create: (handlers, onError) => filled(connect(), handlers.map(caught), onError) },
  { name: 'node:http', create: (handlers, onError) => plain(handlers.map(caught), onError ?? answerError) },
]

/** Both versions of Express, for features that connect does not have. */
export const expresses: readonly (readonly [name: string, express: typeof express])[] = [
  ['Express 5', express],
  ['Express 4', express4 as unknown as typeof express],
]

function filled<App extends RequestListener>(app: App, handlers: readonly Handler[], onError?: ErrorHandler): App {
  const connectLike = app as unknown as ConnectLike
  for (const handler of handlers) connectLike.use(handler)
  const handled: Handled = (error, req, res, _next) => onError?.(error, req, res)
  if (onError !== undefined) connectLike.use(handled)
  return app
}

/** Express 5 does this by itself. A promise that the adapter's own middleware might give away is not looked at. */
export function caught(handler: Handler): Handler {
  return (req, res, next) => {
    const result = handler(req, res, next)
    if (result instanceof Promise) result.catch(next)
  }
}

function plain(handlers: readonly Handler[], onError: ErrorHandler): RequestListener {
  return (req, res) => {
    const go = (index: number, error?: unknown): void => {
      if (error) return void onError(error, req, res)
      const handler = handlers[index]
      if (handler === undefined) return void res.writeHead(404).end()
      try {
        handler(req, res, (error) => go(index + 1, error))
      } catch (error) {
        onError(error, req, res)
      }
    }
    go(0)
  }
}

const answerError: ErrorHandler = (_error, _req, res) => {
  if (res.headersSent) return res.destroy()
  res.statusCode = 500
  res.statusMessage = ''
  return res.end('error')
}
