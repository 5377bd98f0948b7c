import { createLoginManager } from '@fetch-login/core'
import { nextLogin } from '@fetch-login/next'
import { findUser } from './users'

const manager = createLoginManager({
  loadUser: findUser,
  secrets: process.env.LOGIN_SECRET,
  loginView: '/login',
  refreshView: '/reauthenticate',
  loginMessage: null, // pages cannot remove messages from the session
  needsRefreshMessage: null,
  cookies: { secure: false }, // this example is served over plain http
})

export const { loginProxy, loginRequired, loginRequiredPage, freshLoginRequired, freshLoginRequiredPage, auth } =
  nextLogin(manager)
