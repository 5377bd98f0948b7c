'use client'

import { type ReactNode, useActionState } from 'react'
import type { Message } from '../actions'

type Action = (before: Message, form: FormData) => Promise<Message>

/** Renders a form that shows the message of its action, with and without JavaScript. */
export function ActionForm({ action, button, children }: { action: Action; button: string; children?: ReactNode }) {
  const [message, act, isPending] = useActionState(action, null)
  return (
    <form action={act}>
      {message !== null && <p role="status">{message}</p>}
      {children}
      <button type="submit" disabled={isPending}>
        {button}
      </button>
    </form>
  )
}
