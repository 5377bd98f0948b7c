// The deliberate faults of the kit's report, as they look in core. `where` must stand exactly once in core's sources,
// whatever file it is in; `theme` is what notices it, by another answer, or by an error where the fault `throws`.
// Left out are faults that are none here (a logout that empties the session, a restored login that is bound to its
// client: the design asks for them), those without a counterpart (the format of Flask-Login's tokens, forwarding
// headers), and one that only scenarios kept apart can see (the anonymous user after a logout).

/** @type {readonly { fault: string, theme: string, where: string, instead: string, throws?: boolean }[]} */
export const FAULTS = [
  // ── freshness ──
  {
    fault: 'a client mismatch in basic mode leaves the freshness alone',
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
    fault: 'confirm_login announces but changes nothing',
    theme: 'freshness',
    where: 'confirmed(exchange.state, ',
    instead: 'exchange.state ?? confirmed(exchange.state, ',
  },
  {
    fault: 'confirm_login does not accept the client it came from',
    theme: 'freshness',
    where: 'fresh: true,\n    ...provenBy(options),\n    client: clientOf(exchange)',
    instead: 'fresh: true,\n    ...provenBy(options)',
  },
  {
    fault: 'a stale login is treated as no login',
    theme: 'freshness',
    where: 'respond: () => needsRefresh(exchange, context, policy)',
    instead: 'respond: () => unauthorized(exchange, context)',
  },
  {
    fault: 'fresh_login_required only looks for a login',
    theme: 'freshness',
    where: 'if (!isEnough(exchange, identity, policy))',
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
      "{ ...createSignedTokens(keyring.keys('remember', context), REMEMBER_TYPE), open: (token: string) => ({ ok: true as const, old: false, payload: atob(token.split('.')[1] ?? '') }) }",
  },
  {
    fault: 'only the beginning of a remember signature is compared',
    theme: 'cookies-tampering',
    where: 'equalText(tag, ',
    instead: '((...both: string[]) => equalText(both[0].slice(0, 5), both[1].slice(0, 5)))(tag, ',
  },
  {
    fault: 'a logout leaves the remember cookie alone',
    theme: 'logout',
    where: "exchange.clearRemember('verb')\n  exchange.identify(NOBODY)\n  exchange.forgetReason()",
    instead: 'exchange.identify(NOBODY)\n  exchange.forgetReason()',
  },
  {
    fault: 'every login is remembered',
    theme: 'logout',
    where: 'if (options.remember !== true) return null',
    instead: '',
  },
  {
    fault: 'the duration given at login is ignored',
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
    fault: 'refreshing also happens when it is switched off',
    theme: 'remember',
    where: "outcome.remember.kind !== 'keep' || !exchange.renewsRemember",
    instead: "exchange.incoming.session === null || outcome.remember.kind !== 'keep'",
  },
  {
    fault: 'refreshing never happens',
    theme: 'remember-refresh',
    where: "exchange.renewsRemember = remember.renew === 'everyRequest'",
    instead: 'exchange.renewsRemember = false',
  },
  {
    fault: 'a restored login is used for one request but not stored',
    theme: 'remember',
    where: 'exchange.write(madePermanent(state, exchange.saidPermanent',
    instead: '((..._: unknown[]) => [])(madePermanent(state, exchange.saidPermanent',
  },

  // ── attributes of cookies ──
  {
    fault: 'the remember cookie is readable for scripts',
    theme: 'cookie-attributes',
    where: 'if (spec.httpOnly)',
    instead: "if (spec.httpOnly && spec.name === 'session')",
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
    fault: 'clearing the remember cookie forgets its domain and path',
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
    where: "canonicalAddress(request.address ?? '')",
    instead: "canonicalAddress('')",
  },
  {
    fault: 'strong mode leaves the remember cookie in the browser',
    theme: 'protection-strong',
    where: "exchange.note('protected')\n  exchange.clearRemember('pipeline')",
    instead: "exchange.note('protected')",
  },
  {
    fault: 'protection is silent',
    theme: 'protection-basic',
    where: "exchange.emit('sessionProtected', ",
    instead: "((..._: unknown[]) => [])('sessionProtected', ",
  },

  // ── in and out ──
  {
    fault: 'inactive users may log in',
    theme: 'inactive-users',
    where: 'if (!active && options.force !== true)',
    instead: 'if (false)',
  },
  {
    fault: 'forcing does not help inactive users',
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
    where: "exchange.identify({ user, source: 'login'",
    instead: "void ({ user, source: 'login'",
  },
  {
    fault: 'a falsy id is taken for nobody',
    theme: 'unicode',
    where: 'if (login === null || opened === null || loadUser === null) return null',
    instead: 'if (!login?.userId || opened === null || loadUser === null) return null',
  },
  {
    fault: 'a logout is not announced',
    theme: 'signals',
    where: "exchange.emit('userLoggedOut', ",
    instead: "((..._: unknown[]) => [])('userLoggedOut', ",
  },
  {
    fault: 'a logout is announced after the user is forgotten',
    theme: 'signals',
    where: "exchange.emit('userLoggedOut', { ",
    instead: "exchange.emit('userLoggedOut', { ...{ user: null, userId: null } }, { ",
  },
  {
    fault: 'a failed login is announced too',
    theme: 'signals',
    where: "exchange.emit('loginRejected', ",
    instead: "exchange.emit('userLoggedIn', ",
  },

  // ── loading the user ──
  {
    fault: 'an error in the user loader counts as nobody',
    theme: 'loader-errors',
    where: 'const user = yield* settled(exchange.callOut(() => loadUser(login.userId, exchange.request)))',
    instead:
      'const user = yield* settled(exchange.callOut(async () => loadUser(login.userId, exchange.request)).catch(() => null))',
  },
  {
    fault: 'an error in the user loader ends the login',
    theme: 'loader-errors',
    where: 'const user = yield* settled(exchange.callOut(() => loadUser(login.userId, exchange.request)))',
    instead:
      "const user = yield* settled(exchange.callOut(async () => loadUser(login.userId, exchange.request)).catch((error) => { for (const _ of purge(exchange, 'unknown-user')) { /* each step */ } throw error }))",
  },
  {
    fault: 'the current user is kept where all requests of the process can see it',
    theme: 'concurrency',
    where: 'const identity = yield* load(exchange)',
    instead: 'const identity = ((globalThis as { last?: Identity<User> }).last ??= yield* load(exchange))',
  },
  {
    fault: 'the request loader is asked before the session',
    theme: 'request-loader',
    where: '(yield* fromSession(exchange, opened)) ??',
    instead: '(yield* fromRequest(exchange)) ?? (yield* fromSession(exchange, opened)) ??',
  },
  {
    fault: 'a request loader login is stored in the session',
    theme: 'request-loader',
    where: "yield* exchange.emit('userLoadedFromRequest', { user })",
    instead: `yield* exchange.emit('userLoadedFromRequest', { user })
  const login = { userId: exchange.runtime.settings.userId(user), sessionId: 'x', authTime: 1, since: 1, fresh: false, methods: [] }
  yield* exchange.write({ ...exchange.state, login: { ...login, level: 1, forced: false, client: null, stamp: null } }, 'library')`,
  },
  {
    fault: 'the user is loaded at the start of every request',
    theme: 'lazy-access',
    where: 'if (!isPlain(request, runtime.settings)) return this',
    instead:
      'if (request) return Promise.resolve(this.#identify()).then(() => null)\n    if (!isPlain(request, runtime.settings)) return this',
  },
  {
    fault: 'the custom id attribute is ignored',
    theme: 'alternative-ids',
    where: 'userId: given.userId ?? defaultUserId',
    instead: 'userId: defaultUserId',
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
    where: "requestTarget(request).replace(/\\?$/, '')",
    instead: "(requestTarget(request).split('?')[0] as string)",
  },
  {
    fault: 'the forced host is ignored',
    theme: 'next-param',
    where: 'forceHostForRedirects === null ? full : withHost(full, forceHostForRedirects)',
    instead: 'full',
  },
  {
    fault: 'next never goes into the session',
    theme: 'areas',
    where: 'const kept = isNextInSession(exchange) ? next : null',
    instead: 'const kept = null as string | null',
  },
  {
    fault: 'area views are ignored',
    theme: 'areas',
    where: "return typeof given === 'string' ? configuredView(given) : (given ?? otherwise)",
    instead: "return otherwise ?? (typeof given === 'string' ? configuredView(given) : (given ?? null))",
  },
  {
    fault: 'a nested area inherits the view of the area around it',
    theme: 'areas',
    where: '[name, areaSettings(one, everywhere)]',
    instead: "[name, areaSettings(one, areaSettings(given.areas?.[name.split('.')[0] as string] ?? {}, everywhere))]",
  },
  {
    fault: 'the handler of the application is ignored',
    theme: 'unauthorized',
    where: "handle(exchange, unauthorizedHandler, 'unauthorized', context)",
    instead: 'null as Response | null',
  },
  {
    fault: 'a refusal without a login view is 403',
    theme: 'unauthorized',
    where: "problem(exchange, 401, 'Unauthorized', detail",
    instead: "problem(exchange, 403, 'Forbidden', detail",
  },
  {
    fault: 'flash categories are ignored',
    theme: 'flashes',
    where: '{ category, message: said, origin }',
    instead: "{ category: 'message', message: said, origin }",
  },
  {
    fault: 'messages are not localized',
    theme: 'unauthorized',
    where: 'exchange.callOut(() => localize(message, exchange.request, reasonOf(exchange)))',
    instead: 'message',
  },
  {
    fault: 'no message falls back to the built-in one',
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
