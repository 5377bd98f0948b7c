// A small OpenID provider with discovery, keys, an authorization endpoint and a token endpoint. It checks requests as a
// real provider does. A test can make it send wrong responses.
import { createHash, randomBytes } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

interface Account {
  readonly sub: string
  readonly name: string
}

/** The faults of the provider. */
export interface Misbehaviour {
  /** The error that the authorization endpoint returns. */
  readonly error?: string
  /** Claims that replace the correct ones in the ID token. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Parameters that replace the correct ones in the authorization response. */
  readonly parameters?: Readonly<Record<string, string>>
  /** If true, the token endpoint closes the connection without a response. */
  readonly closesConnection?: boolean
  /** If true, the token endpoint accepts a code several times. */
  readonly acceptsUsedCodes?: boolean
  /** If true, the provider signs with a key that it does not publish. */
  readonly usesUnpublishedKey?: boolean
}

interface Grant {
  readonly account: Account
  readonly redirectUri: string
  readonly challenge: string
  readonly nonce: string | undefined
  readonly authTime: number
}

export const CLIENT_ID = 'recipes'
export const CLIENT_SECRET = 'the secret of the client'

/** RSA keys are slow to generate, so the tests share them. */
const keys = Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])

export class Issuer extends Hono<{ Bindings: HttpBindings }> {
  /** The account that is logged in at the provider. */
  account: Account = { sub: 'alice-at-provider', name: 'Alice' }
  misbehaves: Misbehaviour = {}
  /** The time of that login in epoch seconds. By default it is one day old. */
  authTime: number = getNow() - 86_400

  static async create(origin: string): Promise<Issuer> {
    const [published, unpublished] = await keys
    const jwk = { ...(await exportJWK(published.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
    return new Issuer(origin, jwk, published.privateKey, unpublished.privateKey)
  }

  private constructor(origin: string, jwk: object, key: CryptoKey, unpublishedKey: CryptoKey) {
    super()
    const grants = new Map<string, Grant>()

    this.get('/.well-known/openid-configuration', (c) =>
      c.json({
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        jwks_uri: `${origin}/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: true,
      }),
    )
    this.get('/keys', (c) => c.json({ keys: [jwk] }))

    this.get('/authorize', (c) => {
      const query = c.req.query()
      const { client_id, response_type, redirect_uri = '', code_challenge = '', code_challenge_method, state } = query
      if (client_id !== CLIENT_ID || response_type !== 'code' || code_challenge_method !== 'S256')
        return c.text('The request is invalid.', 400)
      if (query.prompt === 'login') this.authTime = getNow()
      const code = randomBytes(16).toString('base64url')
      const { account, authTime, misbehaves } = this
      grants.set(code, { account, redirectUri: redirect_uri, challenge: code_challenge, nonce: query.nonce, authTime })
      const result = misbehaves.error ? { error: misbehaves.error } : { code }
      const redirect = new URL(redirect_uri)
      redirect.search = `${new URLSearchParams({ ...result, iss: origin, ...(state && { state }), ...misbehaves.parameters })}`
      return c.redirect(redirect.href)
    })

    this.post('/token', async (c) => {
      if (this.misbehaves.closesConnection) c.env.incoming.socket.destroy()
      const form = (await c.req.parseBody()) as Record<string, string>
      const grant = grants.get(form.code ?? '')
      if (!this.misbehaves.acceptsUsedCodes) grants.delete(form.code ?? '')
      if (form.client_id !== CLIENT_ID || form.client_secret !== CLIENT_SECRET)
        return c.json({ error: 'invalid_client' }, 401)
      const challenge = createHash('sha256')
        .update(form.code_verifier ?? '')
        .digest('base64url')
      if (grant === undefined || grant.redirectUri !== form.redirect_uri || grant.challenge !== challenge)
        return c.json({ error: 'invalid_grant' }, 400)
      const { nonce, authTime, account } = grant
      const claims = { ...account, nonce, auth_time: authTime, iss: origin, aud: CLIENT_ID, ...this.misbehaves.claims }
      const idToken = await new SignJWT({ iat: getNow(), exp: getNow() + 300, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .sign(this.misbehaves.usesUnpublishedKey ? unpublishedKey : key)
      return c.json({ access_token: 'unused', token_type: 'Bearer', expires_in: 300, id_token: idToken })
    })
  }
}

function getNow(): number {
  return Math.floor(Date.now() / 1000)
}
