// The code in the page. A browser of 2025 or later does not need a library.

/** Registers a passkey for the user who is logged in. */
export async function addPasskey(): Promise<void> {
  const options = await post('/passkeys/challenge')
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  await post('/passkeys', await navigator.credentials.create({ publicKey }))
}

/** Logs in by a passkey, and opens the requested page. */
export async function logIn(): Promise<void> {
  const options = await post('/login/challenge')
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  const { next } = await post(`/login${location.search}`, await navigator.credentials.get({ publicKey }))
  location.assign(next)
}

async function post(path: string, body: unknown = {}) {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error((await response.json()).error ?? 'Please log in again first.')
  return response.json()
}
