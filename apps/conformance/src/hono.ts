// The contract app on Hono: one route per route of CONTRACT.md, guarded by the adapter's middleware.
import { createLoginManager, type LoginManager, OptionsError } from '@fetch-login/core'
import { honoLogin } from '@fetch-login/hono'
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { type Context, Hono } from 'hono'
import { EventLog } from './event-log'
import { optionsFor, readProfile } from './profile'
import { type Guest, type User, Users } from './users'

const profile = readProfile(process.env.CONFORMANCE_PROFILE)
const users = new Users()
const events = new EventLog()
const app = new Hono()

// ── steering ──
app.get('/about', (c) =>
  c.json({ implementation: 'fetch-login', framework: 'hono', runtime: `node ${process.versions.node}` }),
)
app.get('/events', (c) => c.json(events.take()))
app.post('/test/reset', (c) => {
  users.reset()
  events.take()
  return c.json({ ok: true })
})
app.post('/users/:change{delete|break|restore|rotate|update}', async (c) => {
  const form = await c.req.parseBody()
  const user = users.named(String(form.user))
  if (user === undefined) return c.json({ ok: false }, 404)
  const change = c.req.param('change')
  if (change === 'update') user.active = form.active === '1'
  else if (change === 'rotate') user.version += 1
  else user.state = change === 'delete' ? 'deleted' : change === 'break' ? 'broken' : 'there'
  return c.json({ ok: true })
})

const manager = createManager()
const { loginManager, loginRequired, freshLoginRequired, auth } = honoLogin(manager, {
  address: (c) => getConnInfo(c).remote.address,
})
app.use(loginManager)

// ── plain ──
plainPages()

// ── who is it ──
app.get('/whoami', async (c) => {
  const user = await auth(c).currentUser()
  const known = user !== null && !user.isAnonymous ? (user as User) : null
  return c.json({
    user: user?.name ?? null,
    id: known?.id ?? null,
    is_authenticated: user?.isAuthenticated ?? false,
    is_active: user?.isActive ?? false,
    is_anonymous: user?.isAnonymous ?? true,
    fresh: await auth(c).loginFresh(),
    remembered: await auth(c).loginRemembered(),
  })
})
app.get('/peek', async (c) =>
  c.json({ fresh: await auth(c).loginFresh(), remembered: await auth(c).loginRemembered() }),
)
app.get('/slow', async (c) => {
  const pause = () => new Promise((done) => setTimeout(done, Number(c.req.query('ms') ?? 0)))
  await pause()
  const first = await now(c)
  await pause()
  return c.json({ first, second: await now(c), fresh: await auth(c).loginFresh() })
})

// ── in and out ──
app.post('/login', logIn)
app.post('/logout', async (c) => {
  await auth(c).logoutUser()
  return c.json({ ok: true, now: await now(c) })
})
app.post('/confirm', async (c) => {
  await auth(c).confirmLogin()
  return c.json({ ok: true, fresh: await auth(c).loginFresh() })
})
app.post('/switch', async (c) => {
  await auth(c).logoutUser()
  return logIn(c)
})
app.post('/bounce', async (c) => {
  const { ok } = await attempt(c)
  await auth(c).logoutUser()
  return c.json({ ok, now: await now(c) })
})

// ── guarded ──
const METHODS = ['GET', 'POST', 'OPTIONS']
app.on(METHODS, '/secret', loginRequired(), granted)
app.on(METHODS, '/fresh', freshLoginRequired(), granted)
app.on(METHODS, '/both', loginRequired(), freshLoginRequired(), granted)
app.on(METHODS, '/files/*', loginRequired(), granted)
app.on(METHODS, '/area/secret', loginRequired({ area: 'area' }), granted)
app.on(METHODS, '/area/fresh', freshLoginRequired({ area: 'area' }), granted)
app.on(METHODS, '/area/inner/secret', loginRequired({ area: 'area.inner' }), granted)
app.on(METHODS, '/annex/secret', loginRequired({ area: 'annex' }), granted)
app.get('/refuse', (c) => auth(c).unauthorized())
app.get('/stale', (c) => auth(c).needsRefresh())

// ── session and flashes ──
app.post('/session/set', async (c) => {
  const form = await c.req.parseBody()
  if (form.touch === '1') await auth(c).currentUser()
  await auth(c).session.set(String(form.key), String(form.value))
  return c.json({ ok: true })
})
app.get('/session/get', async (c) => c.json({ value: (await auth(c).session.get(c.req.query('key') ?? '')) ?? null }))
app.get('/session/next', async (c) => c.json({ next: await auth(c).session.next() }))
app.get('/flashes', async (c) =>
  c.json((await auth(c).takeFlashes()).map(({ category, message }) => [category, message])),
)

app.onError((error, c) => {
  console.error(error)
  return c.text('Internal Server Error', 500)
})

async function now(c: Context): Promise<string | null> {
  return (await auth(c).currentUser())?.name ?? null
}

function granted(c: Context): Response {
  return c.req.method === 'OPTIONS' ? c.json({ options: true }) : c.json({ granted: true, user: auth(c).user.name })
}

async function logIn(c: Context): Promise<Response> {
  const { ok, unknown } = await attempt(c)
  return unknown ? c.json({ ok: false, error: 'no-such-user' }, 404) : c.json({ ok, now: await now(c) })
}

/** Fields are handed to the library only when the form has them, and as they are. */
async function attempt(c: Context): Promise<{ ok: boolean; unknown: boolean }> {
  const form = await c.req.parseBody()
  const user = users.named(String(form.user))
  if (user === undefined) return { ok: false, unknown: true }
  if (form.permanent === '1') await auth(c).session.setPermanent(true)
  const ok = await auth(c).loginUser(user, {
    ...('remember' in form && { remember: form.remember === '1' }),
    ...('fresh' in form && { fresh: form.fresh === '1' }),
    ...('force' in form && { force: form.force === '1' }),
    ...('duration' in form && { rememberSeconds: duration(String(form.duration)) }),
  })
  return { ok, unknown: false }
}

function duration(text: string): number {
  return Number.isNaN(Number(text)) ? (text as unknown as number) : Number(text)
}

function plainPages(): void {
  app.get('/static', (c) => c.json({ static: true }))
  app.get('/', (c) => c.json({ page: 'home' }))
  app.get('/login', (c) => c.json({ page: 'login' }))
  app.get('/reauth', (c) => c.json({ page: 'reauth' }))
  app.get('/area/login', (c) => c.json({ page: 'area-login' }))
}

/** Options that cannot work are refused at start; the contract wants the app to go on, and answer with 500. */
function createManager(): LoginManager<User, Guest | null> {
  try {
    const made = createLoginManager(optionsFor(profile, users))
    events.record(made, profile.track_accessed ?? false)
    return made
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error
    console.error(error.message)
    plainPages()
    app.all('*', (c) => c.text('Internal Server Error', 500))
    return createLoginManager(optionsFor({}, users))
  }
}

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 8787), hostname: '127.0.0.1' })
