// The OpenAPI 3.1 description of the API. The page /api renders it.
const text = { type: 'string' } as const
const instant = { type: 'string', format: 'date-time' } as const

const objectOf = <P extends Record<string, object>>(properties: P) =>
  ({ type: 'object', required: Object.keys(properties), properties, additionalProperties: false }) as const

const json = (description: string, name: string, type = 'application/json') =>
  ({ description, content: { [type]: { schema: { $ref: `#/components/schemas/${name}` } } } }) as const

const unauthorized = json('The request is anonymous.', 'Problem', 'application/problem+json')

export const openApi = {
  openapi: '3.1.0',
  info: {
    title: 'Fetch-Login demo',
    version: '1.0.0',
    description: 'The current user, by API key or by session.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/' }],
  paths: {
    '/api/profile': {
      get: {
        operationId: 'getProfile',
        summary: 'Current user',
        description:
          'By API key, in a header or in the query, or by session. A key starts no session and sets no cookie.',
        security: [{ keyInHeader: [] }, { keyInQuery: [] }, { session: [] }],
        responses: { 200: json('The user.', 'Profile'), 401: unauthorized },
      },
    },
    '/api/data': {
      get: {
        operationId: 'getData',
        summary: 'Data for logged-in users',
        description: 'By session only. An API key is not sufficient.',
        security: [{ session: [] }],
        responses: { 200: json('A greeting, and the login.', 'Data'), 401: unauthorized },
      },
    },
  },
  components: {
    securitySchemes: {
      keyInHeader: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      keyInQuery: {
        type: 'apiKey',
        in: 'query',
        name: 'api_key',
        description: 'Logs contain addresses: prefer the header.',
      },
      session: { type: 'apiKey', in: 'cookie', name: 'demo_session' },
    },
    schemas: {
      Profile: objectOf({
        id: text,
        name: text,
        email: { type: 'string', format: 'email' },
        role: { type: 'string', enum: ['user', 'admin'] },
        createdAt: instant,
        by: { type: 'string', enum: ['key', 'session'] },
      }),
      Data: objectOf({ message: text, since: instant, fresh: { type: 'boolean' } }),
      Problem: objectOf({ type: text, title: text, status: { type: 'integer' }, detail: text }),
    },
  },
} as const
