// Texts for visitors: why a request is anonymous, and which credential identified the user.
import type { AnonymousReason, CurrentLogin } from '@fetch-login/core'

export const REASONS: Readonly<Record<AnonymousReason, string>> = {
  'no-cookie': 'your browser sent no login cookie.',
  'duplicate-cookie': 'your browser sent several cookies with one name, and all of them are invalid.',
  'no-login': 'your session contains no login.',
  'ambiguous-header': 'the request has a duplicated header.',
  'bad-format': 'the cookie does not have the format of this site.',
  'bad-encoding': 'the name or password is not in UTF-8.',
  'bad-claims': 'the token is for another service, or is not valid yet.',
  'bad-signature': 'the cookie was changed, or was signed with another secret.',
  expired: 'the login expired.',
  idle: 'the login was not used for too long.',
  'not-yet-valid': 'the start of the login is in the future.',
  revoked: 'all logins of this account were ended.',
  'unknown-user': 'the account does not exist.',
  inactive: 'the account is deactivated.',
  protected: 'another client used this login.',
  'logged-out': 'you logged out.',
  'insecure-transport': 'the cookies are accepted over https only.',
}

export const SOURCES: Readonly<Record<CurrentLogin['source'], string>> = {
  session: 'the session cookie',
  remember: 'the remember cookie, just now',
  request: 'the credential of the request',
  login: 'the login, just now',
}
