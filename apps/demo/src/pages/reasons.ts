// Why nobody is logged in, and who said who is: the library's words, in words for visitors.
import type { AnonymousReason, CurrentLogin } from '@fetch-login/core'

export const REASONS: Readonly<Record<AnonymousReason, string>> = {
  'no-cookie': 'your browser brought no login.',
  'duplicate-cookie': 'your browser brought several cookies of one name, and none of them is valid.',
  'no-login': 'there is a session, but no login in it.',
  'ambiguous-header': 'a header came twice.',
  'bad-format': 'the cookie is none of ours.',
  'bad-encoding': 'the name or password is not in UTF-8.',
  'bad-claims': 'the token is meant for another service, or not valid yet.',
  'bad-signature': 'the cookie was changed, or sealed with another secret.',
  expired: 'the login reached its end.',
  idle: 'nobody used the login for too long.',
  'not-yet-valid': 'the login is from the future.',
  revoked: 'all logins of this account were ended.',
  'unknown-user': 'the account is gone.',
  inactive: 'the account is deactivated.',
  protected: 'another client came with this login.',
  'logged-out': 'you logged out.',
  'insecure-transport': 'the cookies are for https only.',
}

export const SOURCES: Readonly<Record<CurrentLogin['source'], string>> = {
  session: 'the session cookie',
  remember: 'the remember cookie, just now',
  request: 'the credential of the request',
  login: 'the login, just now',
}
