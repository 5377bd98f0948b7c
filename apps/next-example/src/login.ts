import { createLoginManager } from '@fetch-login/core'
import { nextLogin } from '@fetch-login/next'
import { findUser } from './users'

const manager = createLoginManager({
  loadUser: findUser,
  secrets: process.env.LOGIN_SECRET,
  loginView: '/login',
  refreshView: '/reauthenticate',
  loginMessage: null, // pages cannot take messages away: the login page speaks for itself
  needsRefreshMessage: null,
  cookies: { secure: false }, // this example is served over plain http
})

export const { loginProxy, loginRequired, freshLoginRequired, auth } = nextLogin(manager)
