// Hono alone; and with a middleware that writes the headers of a guarded page, which is what a guard is compared with over
// HTTP: the Node server is faster for answers that nobody touched.
import { Hono } from 'hono'
import { PAGE } from '../../request'
import { greeting, userAt } from '../../users'

export function bareHono(): Hono {
  return new Hono().get(PAGE, (c) => c.text(greeting(userAt(0))))
}

export function honoWithHeaders(): Hono {
  const app = new Hono()
  app.use(async (c, next) => {
    await next()
    c.res.headers.set('vary', 'Cookie')
    c.res.headers.set('cache-control', 'private, no-store')
  })
  return app.get(PAGE, (c) => c.text(greeting(userAt(0))))
}
