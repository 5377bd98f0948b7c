// What runs in the page. A browser from 2025 or later needs no library for it.

/** Adds a passkey to who is logged in. */
export async function addPasskey(): Promise<void> {
  const options = await post('/passkeys/challenge')
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  await post('/passkeys', await navigator.credentials.create({ publicKey }))
}

/** Logs in by a passkey, and goes where the visitor wanted to go. */
export async function logIn(): Promise<void> {
  const options = await post('/login/challenge')
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  const { next } = await post(`/login${location.search}`, await navigator.credentials.get({ publicKey }))
  location.assign(next)
}

async function post(path: string, body: unknown = {}) {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error((await answer.json()).error ?? 'Please log in again first.')
  return answer.json()
}
