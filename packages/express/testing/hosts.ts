// Hosts of the adapter: Express 5, Express 4, connect, and a plain Node server that runs the handlers itself. Every guarantee
// of the adapter must hold on each of them.
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

type ErrorMiddleware = (error: unknown, req: IncomingMessage, res: ServerResponse, next: Next) => unknown

interface ConnectLike {
  use(handler: Handler | ErrorMiddleware): unknown
}

export const hosts: readonly Host[] = [
  { name: 'Express 5', create: (handlers, onError) => addHandlers(express(), handlers, onError) },
  {
    name: 'Express 4',
    create: (handlers, onError) => addHandlers(express4(), handlers.map(forwardRejections), onError),
  },
  { name: 'connect', create: (handlers, onError) => addHandlers(connect(), handlers.map(forwardRejections), onError) },
  {
    name: 'node:http',
    create: (handlers, onError) => createListener(handlers.map(forwardRejections), onError ?? respondWithError),
  },
]

/** Both versions of Express, for features that connect does not have. */
export const expressVersions: readonly (readonly [name: string, express: typeof express])[] = [
  ['Express 5', express],
  ['Express 4', express4 as unknown as typeof express],
]

function addHandlers<App extends RequestListener>(app: App, handlers: readonly Handler[], onError?: ErrorHandler): App {
  const connectLike = app as unknown as ConnectLike
  for (const handler of handlers) connectLike.use(handler)
  const errorMiddleware: ErrorMiddleware = (error, req, res, _next) => onError?.(error, req, res)
  if (onError !== undefined) connectLike.use(errorMiddleware)
  return app
}

/** Passes the rejection of an asynchronous handler to `next`, as Express 5 does. */
export function forwardRejections(handler: Handler): Handler {
  return (req, res, next) => {
    const result = handler(req, res, next)
    if (result instanceof Promise) result.catch(next)
  }
}

function createListener(handlers: readonly Handler[], onError: ErrorHandler): RequestListener {
  return (req, res) => {
    const runFrom = (index: number, error?: unknown): void => {
      if (error) return void onError(error, req, res)
      const handler = handlers[index]
      if (handler === undefined) return void res.writeHead(404).end()
      try {
        handler(req, res, (error) => runFrom(index + 1, error))
      } catch (error) {
        onError(error, req, res)
      }
    }
    runFrom(0)
  }
}

const respondWithError: ErrorHandler = (_error, _req, res) => {
  if (res.headersSent) return res.destroy()
  res.statusCode = 500
  res.statusMessage = ''
  return res.end('error')
}
