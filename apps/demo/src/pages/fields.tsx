// The parts that forms are made of.

/** Every form carries one: without it the form is taken for a forged one. */
export function CsrfField({ token }: { token: string }) {
  return <input type="hidden" name="csrf_token" value={token} />
}

/** What is wrong with a form, above its fields. */
export function FormError({ error }: { error: string | undefined }) {
  return error === undefined ? null : (
    <p class="flash error" role="alert" id="form-error">
      {error}
    </p>
  )
}

export function EmailField({ value, readOnly = false }: { value: string | undefined; readOnly?: boolean }) {
  return (
    <label>
      E-mail
      <input
        type="email"
        name="email"
        value={value}
        autocomplete="username"
        autocapitalize="none"
        readonly={readOnly}
        required
      />
    </label>
  )
}

export function PasswordField({ error }: { error: string | undefined }) {
  return (
    <label>
      Password
      <input
        type="password"
        name="password"
        autocomplete="current-password"
        aria-invalid={error === undefined ? undefined : 'true'}
        aria-describedby={error === undefined ? undefined : 'form-error'}
        required
      />
    </label>
  )
}
