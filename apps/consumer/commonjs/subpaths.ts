// Imports each subpath of the packages. `moduleResolution: node10` resolves them by `typesVersions`, not by `exports`.
import '@fetch-login/express/types'
import '@fetch-login/fastify/types'
import { provideAuth } from '@fetch-login/core/context'
import { encrypted } from '@fetch-login/core/encrypted'
import { jwtBearer } from '@fetch-login/core/jwt'
import { nodeRequestView } from '@fetch-login/core/node'
import { createTestClient } from '@fetch-login/core/testing'

export const found = [provideAuth, encrypted, jwtBearer, nodeRequestView, createTestClient]
