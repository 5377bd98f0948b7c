// Form fields. `aria-describedby` connects an error with its field, so a screen reader reads both.
import type { Errors } from './form'

/** The CSRF token. Every form needs one; a form without it is refused. */
export function CsrfField({ token }: { token: string }) {
  return <input type="hidden" name="csrf_token" value={token} />
}

interface FieldProps {
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'email' | 'password'
  readonly value?: string | undefined
  readonly hint?: string
  readonly autocomplete: string
  readonly readOnly?: boolean
  readonly errors?: Errors | undefined
}

export function Field({ name, label, type = 'text', value, hint, autocomplete, readOnly, errors = {} }: FieldProps) {
  const error = errors[name]
  const isWrong = !readOnly && (error ?? errors['']) !== undefined
  const described = [hint && `${name}-hint`, error && `${name}-error`, isWrong && !error && 'form-error']
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type={type}
        value={value}
        autocomplete={autocomplete}
        autocapitalize={type === 'text' ? undefined : 'none'}
        readonly={readOnly}
        required
        autofocus={error !== undefined && name === Object.keys(errors)[0]}
        aria-invalid={isWrong ? 'true' : undefined}
        aria-describedby={described.filter(Boolean).join(' ') || undefined}
      />
      {hint && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="wrong" id={`${name}-error`}>
          {error}
        </p>
      )}
    </div>
  )
}

/** All errors of a form, with a link to each field. */
export function ErrorSummary({ errors = {} }: { errors: Errors | undefined }) {
  const all = Object.entries(errors)
  if (all.length === 0) return null
  return (
    <div class="flash error" role="alert">
      {all.map(([name, message]) =>
        name === '' ? (
          <p id="form-error">{message}</p>
        ) : (
          <p>
            <a href={`#${name}`}>{message}</a>
          </p>
        ),
      )}
    </div>
  )
}
