import type { Child } from 'hono/jsx'

interface ProblemPageProps {
  readonly title: string
  readonly detail: string
  /** Buttons before the link to the start page. */
  readonly actions?: Child
}

/** A page that describes an error, and links to pages that work. It fills the width of the content. */
export function ProblemPage({ title, detail, actions }: ProblemPageProps) {
  return (
    <div class="hero">
      <h1>{title}</h1>
      <p class="lead">{detail}</p>
      <div class="actions">
        {actions}
        <a class="button quiet" href="/">
          Go to the start page
        </a>
      </div>
    </div>
  )
}
