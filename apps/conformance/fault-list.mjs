// The planted faults of the kit's report, as changes of core. `where` must be in the sources of core exactly once, in any
// file. `theme` must detect the fault by another response, or by an error if the fault `throws`.
// The list omits faults that are intended here: a logout that empties the session, and a restored login that is bound to
// its client. It also omits faults without a counterpart (the format of Flask-Login's tokens, forwarding headers). Only
// other scenarios can detect the anonymous user after a logout, so this fault is omitted too.

/** @type {readonly { fault: string, theme: string, where: string, instead: string, throws?: boolean }[]} */
export const FAULTS = [
  // ── freshness ──
  {
    fault: 'a client mismatch in basic mode keeps the freshness',
    theme: 'protection-basic',
    where: 'login: { ...login, fresh: false, suspect: client }',
    instead: 'login: { ...login, suspect: client }',
  },
  {
    fault: 'a login restored from the remember cookie counts as fresh',
    theme: 'remember',
    where: 'fresh: false,\n    methods: []',
    instead: 'fresh: true,\n    methods: []',
  },
  {
    fault: 'login_user ignores fresh=False',
    theme: 'freshness',
    where: 'fresh: (options.fresh ?? true) === true',
    instead: 'fresh: true',
  },
  {
    fault: 'confirm_login emits its event but changes no state',
    theme: 'freshness',
    where: 'confirmed(ctx.state, ',
    instead: 'ctx.state ?? confirmed(ctx.state, ',
  },
  {
    fault: 'confirm_login does not bind the login to the current client',
    theme: 'freshness',
    where: 'fresh: true,\n    ...parseAssurance(options),\n    client: createClientClaim(ctx)',
    instead: 'fresh: true,\n    ...parseAssurance(options)',
  },
  {
    fault: 'a stale login is treated as an anonymous request',
    theme: 'freshness',
    where: 'respond: () => respondNeedsRefresh(ctx, context, policy)',
    instead: 'respond: () => respondUnauthorized(ctx, context)',
  },
  {
    fault: 'fresh_login_required does not check the freshness',
    theme: 'freshness',
    where: 'if (!meetsFreshness(ctx, identity, policy))',
    instead: 'if (false)',
  },
  {
    fault: 'the refresh redirect goes to the login view',
    theme: 'flashes',
    where: 'const { refreshView: view, needsRefreshMessage: message } =',
    instead: 'const { loginView: view, needsRefreshMessage: message } =',
  },

  // ── remember cookie ──
  {
    fault: 'remember tokens are not verified',
    theme: 'cookies-tampering',
    where: "createSignedTokens(keyring.keys('remember', context), REMEMBER_TYPE)",
    instead:
      "{ ...createSignedTokens(keyring.keys('remember', context), REMEMBER_TYPE), decode: (token: string) => ({ ok: true as const, old: false, payload: atob(token.split('.')[1] ?? '') }) }",
  },
  {
    fault: 'only the first part of a remember signature is compared',
    theme: 'cookies-tampering',
    where: 'equalText(tag, ',
    instead: '((...both: string[]) => equalText(both[0].slice(0, 5), both[1].slice(0, 5)))(tag, ',
  },
  {
    fault: 'a logout does not clear the remember cookie',
    theme: 'logout',
    where: "clearRemember(ctx, 'operation')\n  ctx.identify(LOGGED_OUT)\n  ctx.reasons.forget()",
    instead: 'ctx.identify(LOGGED_OUT)\n  ctx.reasons.forget()',
  },
  {
    fault: 'every login is remembered',
    theme: 'logout',
    where: 'if (options.remember !== true) return null',
    instead: '',
  },
  {
    fault: 'the duration of loginUser() is ignored',
    theme: 'remember',
    where: 'options.rememberSeconds ?? ',
    instead: '',
  },
  {
    fault: 'the configured duration is ignored',
    theme: 'remember',
    where: 'given.remember?.seconds ?? ',
    instead: '',
  },
  {
    fault: 'the remember cookie is refreshed although refreshing is disabled',
    theme: 'remember',
    where: "changes.remember.kind !== 'keep' || !ctx.renewsRemember",
    instead: "ctx.incoming.raw.session === null || changes.remember.kind !== 'keep'",
  },
  {
    fault: 'the remember cookie is never refreshed',
    theme: 'remember-refresh',
    where: "ctx.renewsRemember = remember.renew === 'everyRequest'",
    instead: 'ctx.renewsRemember = false',
  },
  {
    fault: 'a restored login is used for one request but not stored',
    theme: 'remember',
    where: 'ctx.write(madePermanent(state, ctx.requestedPermanent',
    instead: '((..._: unknown[]) => [])(madePermanent(state, ctx.requestedPermanent',
  },

  // ── attributes of cookies ──
  {
    fault: 'the remember cookie is readable for scripts',
    theme: 'cookie-attributes',
    where: 'if (spec.httpOnly)',
    instead: "if (spec.httpOnly && spec.name === 'remember')",
  },
  {
    fault: 'the remember cookie is never secure',
    theme: 'cookie-attributes',
    where: 'if (spec.secure) line',
    instead: 'if (false) line',
  },
  {
    fault: 'the remember cookie is always for the whole site',
    theme: 'cookie-attributes',
    where: 'spec.path}',
    instead: "'/'}",
  },
  {
    fault: 'the remember cookie is cleared without its domain and path',
    theme: 'cookie-attributes',
    where: "setCookieLine(spec, '', 0)",
    instead: "setCookieLine({ ...spec, path: '/', domain: null }, '', 0)",
  },

  // ── session protection ──
  {
    fault: 'strong behaves like basic',
    theme: 'protection-strong',
    where: "mode === 'strong' && !state.permanent ? 'dropped' : 'stale'",
    instead: "'stale'",
  },
  {
    fault: 'basic behaves like strong',
    theme: 'protection-basic',
    where: "mode === 'strong' && !state.permanent ?",
    instead: '!state.permanent ?',
  },
  {
    fault: 'strong mode does not spare permanent sessions',
    theme: 'protection-strong',
    where: "mode === 'strong' && !state.permanent",
    instead: "mode === 'strong'",
  },
  {
    fault: 'protection is always off',
    theme: 'protection-basic',
    where: 'if (mode === false || ',
    instead: 'if (true || ',
  },
  {
    fault: 'the user agent is not part of the identifier',
    theme: 'protection-basic',
    where: "request.headers.get('user-agent') ?? ''",
    instead: "''",
  },
  {
    fault: 'the address is not part of the identifier',
    theme: 'protection-strong',
    where: "normalizeAddress(request.address ?? '')",
    instead: "normalizeAddress('')",
  },
  {
    fault: 'strong mode leaves the remember cookie in the browser',
    theme: 'protection-strong',
    where: "ctx.reasons.note('protected')\n  clearRemember(ctx, 'pipeline')",
    instead: "ctx.reasons.note('protected')",
  },
  {
    fault: 'session protection emits no event',
    theme: 'protection-basic',
    where: "ctx.emit('sessionProtected', ",
    instead: "((..._: unknown[]) => [])('sessionProtected', ",
  },

  // ── login and logout ──
  {
    fault: 'inactive users may log in',
    theme: 'inactive-users',
    where: 'if (!active && options.force !== true)',
    instead: 'if (false)',
  },
  {
    fault: 'a forced login of an inactive user is refused',
    theme: 'inactive-users',
    where: 'if (!active && options.force !== true)',
    instead: 'if (!active)',
  },
  {
    fault: 'a login empties the session first',
    theme: 'session-data',
    where: 'given.keepAnonymousData ?? true',
    instead: 'given.keepAnonymousData ?? false',
  },
  {
    fault: 'the current user is unchanged for the rest of the request after a login',
    theme: 'login',
    where: "ctx.identify({ user, source: 'login'",
    instead: "void ({ user, source: 'login'",
  },
  {
    fault: 'a falsy id is treated as anonymous',
    theme: 'unicode',
    where: 'if (login === null || opened === null || loadUser === null) return null',
    instead: 'if (!login?.userId || opened === null || loadUser === null) return null',
  },
  {
    fault: 'a logout emits no event',
    theme: 'signals',
    where: "ctx.emit('userLoggedOut', ",
    instead: "((..._: unknown[]) => [])('userLoggedOut', ",
  },
  {
    fault: 'the event of a logout has no user',
    theme: 'signals',
    where: "ctx.emit('userLoggedOut', { ",
    instead: "ctx.emit('userLoggedOut', { ...{ user: null, userId: null } }, { ",
  },
  {
    fault: 'a failed login emits the event too',
    theme: 'signals',
    where: "ctx.emit('loginRejected', ",
    instead: "ctx.emit('userLoggedIn', ",
  },

  // ── loading the user ──
  {
    fault: 'an error in the user loader is treated as anonymous',
    theme: 'loader-errors',
    where: 'const user = yield* wait(ctx.callOut(() => loadUser(login.userId, ctx.request)))',
    instead: 'const user = yield* wait(ctx.callOut(async () => loadUser(login.userId, ctx.request)).catch(() => null))',
  },
  {
    fault: 'an error in the user loader ends the login',
    theme: 'loader-errors',
    where: 'const user = yield* wait(ctx.callOut(() => loadUser(login.userId, ctx.request)))',
    instead:
      "const user = yield* wait(ctx.callOut(async () => loadUser(login.userId, ctx.request)).catch((error) => { for (const _ of purgeSession(ctx, 'unknown-user')) { /* each step */ } throw error }))",
  },
  {
    fault: 'the current user is stored in a variable that all requests share',
    theme: 'concurrency',
    where: 'const identity = yield* load(ctx)',
    instead: 'const identity = ((globalThis as { last?: Identity<User> }).last ??= yield* load(ctx))',
  },
  {
    fault: 'the request loader runs before the session is read',
    theme: 'request-loader',
    where: '(yield* identifyBySession(ctx, opened)) ??',
    instead: '(yield* identifyByRequest(ctx)) ?? (yield* identifyBySession(ctx, opened)) ??',
  },
  {
    fault: 'a request loader login is stored in the session',
    theme: 'request-loader',
    where: "yield* ctx.emit('userLoadedFromRequest', { user })",
    instead: `yield* ctx.emit('userLoadedFromRequest', { user })
  const login = { userId: ctx.services.settings.userId(user), sessionId: 'x', authTime: 1, since: 1, fresh: false, methods: [] }
  yield* ctx.write({ ...ctx.state, login: { ...login, level: 1, forced: false, client: null, stamp: null } }, 'library')`,
  },
  {
    fault: 'the user is loaded at the start of every request',
    theme: 'lazy-access',
    where: 'if (!isPlain(ctx.request, ctx.services.settings)) return',
    instead:
      'if (ctx) return auth.currentUser().then(() => null)\n  if (!isPlain(ctx.request, ctx.services.settings)) return',
  },
  {
    fault: 'the custom id attribute is ignored',
    theme: 'alternative-ids',
    where: 'userId: given.userId ?? getDefaultUserId',
    instead: 'userId: getDefaultUserId',
  },

  // ── refusals ──
  {
    fault: 'OPTIONS is not exempt',
    theme: 'options-exempt',
    where: '(given.exemptMethods ?? [])',
    instead: '([] as string[])',
  },
  {
    fault: 'HEAD is exempt as well',
    theme: 'unauthorized',
    where: '(given.exemptMethods ?? [])',
    instead: "[...(given.exemptMethods ?? []), 'HEAD']",
    throws: true,
  },
  {
    fault: 'next is always absolute',
    theme: 'next-param',
    where: "if (page === null || !page.startsWith('/') || isHere(address, here)) return page",
    instead: "if (page === null || !page.startsWith('/')) return page",
  },
  {
    fault: 'next is always relative',
    theme: 'next-param',
    where: 'return here === null ? null : here + page',
    instead: 'return page',
  },
  {
    fault: 'next loses its query',
    theme: 'next-param',
    where: "getTarget(request).replace(/\\?$/, '')",
    instead: "(getTarget(request).split('?')[0] as string)",
  },
  {
    fault: 'the forced host is ignored',
    theme: 'next-param',
    where: 'forceHostForRedirects === null ? full : withHost(full, forceHostForRedirects)',
    instead: 'full',
  },
  {
    fault: 'next is never stored in the session',
    theme: 'areas',
    where: 'const kept = isNextInSession(ctx) ? next : null',
    instead: 'const kept = null as string | null',
  },
  {
    fault: 'area views are ignored',
    theme: 'areas',
    where: "return typeof given === 'string' ? parseView(given) : (given ?? otherwise)",
    instead: "return otherwise ?? (typeof given === 'string' ? parseView(given) : (given ?? null))",
  },
  {
    fault: 'a nested area inherits the login view of its parent',
    theme: 'areas',
    where: '[name, createAreaSettings(one, everywhere)]',
    instead:
      "[name, createAreaSettings(one, createAreaSettings(given.areas?.[name.split('.')[0] as string] ?? {}, everywhere))]",
  },
  {
    fault: 'the handler of the application is ignored',
    theme: 'unauthorized',
    where: "callHandler(ctx, unauthorizedHandler, 'unauthorized', context)",
    instead: 'null as Response | null',
  },
  {
    fault: 'a refusal without a login view is 403',
    theme: 'unauthorized',
    where: "createProblem(ctx, 401, 'Unauthorized', detail",
    instead: "createProblem(ctx, 403, 'Forbidden', detail",
  },
  {
    fault: 'flash categories are ignored',
    theme: 'flashes',
    where: '{ category, message: text, origin }',
    instead: "{ category: 'message', message: text, origin }",
  },
  {
    fault: 'messages are not localized',
    theme: 'unauthorized',
    where: 'ctx.callOut(() => localize(message, ctx.request, getReason(ctx)))',
    instead: 'message',
  },
  {
    fault: 'a message of null is replaced by the built-in one',
    theme: 'unauthorized',
    where: 'given.loginMessage === undefined ? otherwise.loginMessage : given.loginMessage',
    instead: 'given.loginMessage ?? otherwise.loginMessage',
  },
  {
    fault: 'Vary: Cookie is missing',
    theme: 'caching',
    where: "...(identity ? ['Cookie'] : [])",
    instead: '...[]',
  },
]
