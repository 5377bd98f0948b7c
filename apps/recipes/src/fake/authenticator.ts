// A software authenticator. It creates real keys (ES256), real attestation objects (format none) and real assertions, or
// wrong ones if a test requests it. It also does the work of the browser, which adds the challenge and the origin.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** Values that replace the correct ones. `navigator.credentials` would refuse them. */
export interface Forgery {
  readonly origin?: string
  readonly challenge?: string
  readonly type?: string
  readonly rpId?: string
  readonly userHandle?: string
  readonly id?: string
  readonly counter?: number
  /** If true, the device did not verify the user by a PIN or a fingerprint. */
  readonly unverified?: boolean
}

interface Credential {
  readonly id: Buffer
  readonly key: KeyObject
  readonly userHandle: string
  counter: number
}

export interface CreationOptions {
  readonly challenge: string
  readonly rp: { readonly id?: string | undefined }
  readonly user: { readonly id: string }
}

export interface RequestOptions {
  readonly challenge: string
  readonly rpId?: string | undefined
}

const [USER_PRESENT, USER_VERIFIED, ATTESTED] = [0x01, 0x04, 0x40]

export class Authenticator {
  readonly #origin: string
  readonly #credentials: Credential[] = []

  constructor(origin: string) {
    this.#origin = origin
  }

  /** Returns the result of `navigator.credentials.create()` as JSON. */
  create({ challenge, rp, user }: CreationOptions, forgery: Forgery = {}) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const id = forgery.id === undefined ? randomBytes(16) : Buffer.from(forgery.id, 'base64url')
    const credential: Credential = { id, key: privateKey, userHandle: user.id, counter: 0 }
    this.#credentials.push(credential)
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
    const coseKey = encodeCbor(
      new Map<number, unknown>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.from(x, 'base64url')],
        [-3, Buffer.from(y, 'base64url')],
      ]),
    )
    const attested = Buffer.concat([Buffer.alloc(16), encodeUint16(id.length), id, coseKey])
    const authData = createAuthenticatorData(forgery.rpId ?? rp.id ?? '', ATTESTED, forgery, 0, attested)
    const attestation = new Map<string, unknown>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', authData],
    ])
    return this.#toJson(id, {
      clientDataJSON: this.#clientData('webauthn.create', challenge, forgery).toString('base64url'),
      attestationObject: encodeCbor(attestation).toString('base64url'),
    })
  }

  /** Returns the result of `navigator.credentials.get()` as JSON, for the newest passkey or for that of `forgery.id`. */
  get({ challenge, rpId = '' }: RequestOptions, forgery: Forgery = {}) {
    const credential = this.#credentials.at(-1)
    if (credential === undefined) throw new Error('This authenticator has no passkey.')
    credential.counter += 1
    const authData = createAuthenticatorData(forgery.rpId ?? rpId, 0, forgery, forgery.counter ?? credential.counter)
    const clientData = this.#clientData('webauthn.get', challenge, forgery)
    const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()])
    return this.#toJson(forgery.id === undefined ? credential.id : Buffer.from(forgery.id, 'base64url'), {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: sign('sha256', signed, credential.key).toString('base64url'),
      userHandle: forgery.userHandle ?? credential.userHandle,
    })
  }

  #clientData(type: string, challenge: string, forgery: Forgery): Buffer {
    const data = {
      type: forgery.type ?? type,
      challenge: forgery.challenge ?? challenge,
      origin: forgery.origin ?? this.#origin,
    }
    return Buffer.from(JSON.stringify({ ...data, crossOrigin: false }))
  }

  #toJson<Response>(bytes: Buffer, response: Response) {
    const id = bytes.toString('base64url')
    return { id, rawId: id, type: 'public-key', response, clientExtensionResults: {} }
  }
}

function createAuthenticatorData(
  rpId: string,
  flags: number,
  forgery: Forgery,
  counter: number,
  more = Buffer.alloc(0),
): Buffer {
  const count = Buffer.alloc(4)
  count.writeUInt32BE(counter)
  const verified = forgery.unverified ? 0 : USER_VERIFIED
  const flagged = Buffer.from([flags | USER_PRESENT | verified])
  return Buffer.concat([createHash('sha256').update(rpId).digest(), flagged, count, more])
}

function encodeUint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

/** Encodes the part of CBOR (RFC 8949) that an attestation needs: integers, bytes, strings and maps. */
function encodeCbor(value: unknown): Buffer {
  if (typeof value === 'number') return value < 0 ? encodeCborHead(1, -1 - value) : encodeCborHead(0, value)
  if (value instanceof Uint8Array) return Buffer.concat([encodeCborHead(2, value.length), value])
  if (typeof value === 'string') return Buffer.concat([encodeCborHead(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Map) {
    const entries = [...value].flatMap(([key, entry]) => [encodeCbor(key), encodeCbor(entry)])
    return Buffer.concat([encodeCborHead(5, value.size), ...entries])
  }
  throw new Error(`This authenticator cannot encode a value of type ${typeof value} as CBOR.`)
}

function encodeCborHead(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value])
  return value < 256
    ? Buffer.from([(major << 5) | 24, value])
    : Buffer.from([(major << 5) | 25, value >> 8, value & 255])
}
