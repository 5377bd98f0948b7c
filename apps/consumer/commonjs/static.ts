import { createLoginManager } from '@fetch-login/core'

export const create = createLoginManager
