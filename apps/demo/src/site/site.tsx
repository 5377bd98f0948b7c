// Renders the pages and checks the forms.
import type { Context, MiddlewareHandler } from 'hono'
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { DemoLogin } from '../login'
import { type Form, readForm } from './form'
import { Layout } from './layout'
import { ProblemPage } from './problem'

export interface Site {
  /** Renders a page with the flash messages and, for a logged-in user, the logout form. */
  page(c: Context, title: string, content: Child, status?: ContentfulStatusCode): Promise<Response>
  /** Renders a page that describes an error. `actions` are buttons that the visitor can use next. */
  problem(c: Context, status: ContentfulStatusCode, title: string, detail: string, actions?: Child): Promise<Response>
  /** Verifies the CSRF token before the handler runs, and sets `c.var.form`. */
  readonly checkedForm: MiddlewareHandler<{ Variables: { form: Form } }>
}

export function createSite({ auth }: DemoLogin): Site {
  const page: Site['page'] = async (c, title, content, status = 200) => {
    const user = await auth(c).currentUser()
    const csrfToken = user === null ? null : await auth(c).csrfToken()
    const flashes = await auth(c).takeFlashes()
    const frame = { title, path: c.req.path, user, csrfToken, flashes }
    return c.html(html`<!doctype html>${<Layout {...frame}>{content}</Layout>}`, status)
  }

  const problem: Site['problem'] = (c, status, title, detail, actions) =>
    page(c, title, <ProblemPage title={title} detail={detail} actions={actions} />, status)

  const checkedForm: Site['checkedForm'] = async (c, next) => {
    const form = await readForm(c)
    if (!(await auth(c).checkCsrf(form.csrf_token)))
      return problem(c, 403, 'This form is out of date', 'Nothing was changed. Load the page again, then send it.')
    c.set('form', form)
    return next()
  }

  return { page, problem, checkedForm }
}
