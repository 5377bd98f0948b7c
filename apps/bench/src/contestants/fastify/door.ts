// Into a Fastify app, by its own injection; by its callback, because what it returns else is like a promise, and is none.
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Door } from '../../contestant'
import { headersWith } from '../../request'

export function fastifyDoor(app: FastifyInstance): Door<LightMyRequestResponse> {
  return {
    ask: (path, cookie) =>
      new Promise((resolve, reject) => {
        app.inject({ method: 'GET', url: path, headers: headersWith(cookie) }, (error, response) => {
          if (response === undefined) reject(error)
          else resolve(response)
        })
      }),
    read: async ({ statusCode, body, headers }) => ({
      status: statusCode,
      body,
      setCookies: [headers['set-cookie'] ?? []].flat(),
      headerNames: Object.keys(headers),
    }),
  }
}
