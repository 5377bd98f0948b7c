// The schemas of the forms about users, with their error messages.
import * as v from 'valibot'

export const PASSWORD_LENGTH = 10

const text = v.optional(v.string(), '')

const name = v.pipe(
  text,
  v.trim(),
  v.nonEmpty('Enter your name.'),
  v.maxLength(80, 'Use at most 80 characters for your name.'),
)

const email = v.pipe(
  text,
  v.trim(),
  v.toLowerCase(),
  v.nonEmpty('Enter your e-mail address.'),
  v.maxLength(254, 'This e-mail address is too long.'),
  v.email('This is not an e-mail address: it looks like name@example.com.'),
)

const password = v.pipe(
  text,
  v.nonEmpty('Choose a password.'),
  v.minLength(PASSWORD_LENGTH, `This password is too short: use at least ${PASSWORD_LENGTH} characters.`),
  v.maxLength(200, 'This password is too long: use at most 200 characters.'),
)

const repeat = v.pipe(text, v.nonEmpty('Repeat the password.'))

const isRepeated = ({ password, repeat }: { password: string; repeat: string }): boolean => password === repeat
const DIFFER = 'The passwords differ.'

export const NameForm = v.object({ name })

export const PasswordForm = v.pipe(
  v.object({ password, repeat }),
  v.forward(v.partialCheck([['password'], ['repeat']], isRepeated, DIFFER), ['repeat']),
)

export const RegisterForm = v.pipe(
  v.object({ name, email, password, repeat }),
  v.forward(v.partialCheck([['password'], ['repeat']], isRepeated, DIFFER), ['repeat']),
)

/** Does not apply the rules of new passwords: the login only compares the password. */
export const LoginForm = v.object({
  email: v.pipe(
    text,
    v.trim(),
    v.nonEmpty('Enter your e-mail address.'),
    v.maxLength(254, 'This address is too long.'),
  ),
  password: v.pipe(text, v.nonEmpty('Enter your password.'), v.maxLength(200, 'This password is too long.')),
  remember: v.pipe(
    text,
    v.transform((value) => value === 'yes'),
  ),
})

export const ConfirmForm = v.pick(LoginForm, ['password'])
