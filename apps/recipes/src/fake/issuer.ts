// A small OpenID provider: discovery, keys, authorization and token endpoint. It checks what a real one checks, and
// can be told to misbehave.
import { createHash, randomBytes } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

interface Account {
  readonly sub: string
  readonly name: string
}

/** What the provider does wrong. */
export interface Misbehaviour {
  /** Says no at the authorization endpoint. */
  readonly error?: string
  /** Claims of the ID token that are not what they should be. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Parameters of the way back that are not what they should be. */
  readonly answer?: Readonly<Record<string, string>>
  /** Hangs up at the token endpoint. */
  readonly breaks?: boolean
  /** Takes a code again. */
  readonly forgets?: boolean
  /** Signs with a key that nobody published. */
  readonly forges?: boolean
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

/** RSA keys take a while: made once. */
const keys = Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])

export class Issuer extends Hono<{ Bindings: HttpBindings }> {
  /** Who sits before the provider's login page. */
  account: Account = { sub: 'alice-at-provider', name: 'Alice' }
  misbehaves: Misbehaviour = {}
  /** When that one typed the password at the provider: long ago. */
  authTime: number = now() - 86_400

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
      const asked = c.req.query()
      const { client_id, response_type, redirect_uri = '', code_challenge = '', code_challenge_method, state } = asked
      if (client_id !== CLIENT_ID || response_type !== 'code' || code_challenge_method !== 'S256')
        return c.text('This request is wrong.', 400)
      if (asked.prompt === 'login') this.authTime = now()
      const code = randomBytes(16).toString('base64url')
      const { account, authTime, misbehaves } = this
      grants.set(code, { account, redirectUri: redirect_uri, challenge: code_challenge, nonce: asked.nonce, authTime })
      const answer = misbehaves.error ? { error: misbehaves.error } : { code }
      const back = new URL(redirect_uri)
      back.search = `${new URLSearchParams({ ...answer, iss: origin, ...(state && { state }), ...misbehaves.answer })}`
      return c.redirect(back.href)
    })

    this.post('/token', async (c) => {
      if (this.misbehaves.breaks) c.env.incoming.socket.destroy()
      const form = (await c.req.parseBody()) as Record<string, string>
      const grant = grants.get(form.code ?? '')
      if (!this.misbehaves.forgets) grants.delete(form.code ?? '')
      if (form.client_id !== CLIENT_ID || form.client_secret !== CLIENT_SECRET)
        return c.json({ error: 'invalid_client' }, 401)
      const challenge = createHash('sha256')
        .update(form.code_verifier ?? '')
        .digest('base64url')
      if (grant === undefined || grant.redirectUri !== form.redirect_uri || grant.challenge !== challenge)
        return c.json({ error: 'invalid_grant' }, 400)
      const { nonce, authTime, account } = grant
      const claims = { ...account, nonce, auth_time: authTime, iss: origin, aud: CLIENT_ID, ...this.misbehaves.claims }
      const idToken = await new SignJWT({ iat: now(), exp: now() + 300, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .sign(this.misbehaves.forges ? unpublishedKey : key)
      return c.json({ access_token: 'unused', token_type: 'Bearer', expires_in: 300, id_token: idToken })
    })
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}
