// Runs the guarantees of every adapter on Express over HTTP.
import { createServer } from 'node:http'
import { expressLogin } from '@fetch-login/express'
import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import { describe } from 'vitest'
import { GUARDED, ROUTES, testGuarantees } from './cases'
import { listening } from './http'

describe('Express', () => {
  testGuarantees(async ({ manager, handle, onError }) => {
    const { loginMiddleware, loginRequired, auth } = expressLogin(manager)
    const respond: RequestHandler = async (req, res) => {
      await handle(auth(req))
      res.end('ok')
    }
    const fail: ErrorRequestHandler = (error, _req, res, _next) => {
      onError(error)
      res.status(500).end()
    }
    const app = express()
    app.use(loginMiddleware)
    for (const path of ROUTES) app.all(path, respond)
    app.all(GUARDED, loginRequired(), respond)
    app.use(fail)
    return listening(createServer(app))
  })
})
