// Into a Fastify app, by its own injection.
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Door } from '../../contestant'
import { headersWith } from '../../request'

export function fastifyDoor(app: FastifyInstance): Door<LightMyRequestResponse> {
  return {
    ask: (path, cookie) => app.inject({ method: 'GET', url: path, headers: headersWith(cookie) }),
    read: async ({ statusCode, body, headers }) => ({
      status: statusCode,
      body,
      setCookies: [headers['set-cookie'] ?? []].flat(),
      headerNames: Object.keys(headers),
    }),
  }
}
