// A small workspace in a temporary folder. A test plants violations in it that a check must report.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Tree = Readonly<Record<string, string>>

export const clean: Tree = {
  'packages/core/src/base/bytes.ts': "import { hmac } from '@oslojs/crypto/hmac'\nexport const mac = hmac\n",
  'packages/core/src/base/clock.ts': 'export const now = (): number => Date.now()\n',
  'packages/core/src/base/random.ts':
    'export const draw = (n: number): Uint8Array => crypto.getRandomValues(new Uint8Array(n))\n',
  'packages/core/src/base/errors.ts': "export class LoginError extends Error { code = 'LOGIN' }\n",
  'packages/core/src/state/session.ts':
    "// A Date and the Headers of a Request, awaited, in a comment.\nexport const about = 'await crypto'\nexport interface Session { startedAt: number }\n",
  'packages/core/src/state/transitions.ts':
    "import type { Session } from './session'\nexport const renewed = (s: Session): Session => s\n",
  'packages/core/src/wire/cookies/cookie.ts': "import { mac } from '../../base/bytes'\nexport const sign = mac\n",
  'packages/core/src/wire/tokens/encrypted-tokens.ts':
    "import { CompactEncrypt } from 'jose'\nexport const seal = CompactEncrypt\n",
  'packages/core/src/options/validation.ts':
    "import * as v from 'valibot'\nimport { sign } from '../wire/cookies/cookie'\nexport const schema = v.object({ sign: v.literal(sign) })\n",
  'packages/core/src/identify/identify.ts':
    "import { renewed } from '../state/transitions.js'\nimport { sign } from '../wire/cookies/cookie.ts'\nexport const identify = [renewed, sign]\n",
  'packages/core/src/commit.ts': "export const commit = (headers: Headers): void => headers.append('set-cookie', '')\n",
  'packages/core/src/context.ts':
    "import { AsyncLocalStorage } from 'node:async_hooks'\nexport const storage = new AsyncLocalStorage()\n",
  'packages/core/src/auth.ts': "import { identify } from './identify/identify'\nexport const auth = identify\n",
  'packages/core/src/manager.ts': "import { auth } from './auth'\nexport const manager = auth\n",
  'packages/core/src/index.ts': "export { manager } from './manager'\n",
  'packages/core/src/testing.ts': "import { manager } from './index'\nexport const client = manager\n",
  'packages/core/src/identify/identify.test.ts':
    "import { randomBytes } from 'node:crypto'\nimport { client } from '../testing'\nexport const used = [Date.now(), randomBytes, client]\n",
  'packages/hono/src/index.ts':
    "import { manager } from '@fetch-login/core'\nimport type { Context } from 'hono'\nexport const auth = (_: Context) => manager\n",
}

export function inFolder<Result>(tree: Tree, use: (root: string) => Result): Result {
  const root = mkdtempSync(join(tmpdir(), 'fetch-login-'))
  try {
    for (const [path, text] of Object.entries(tree)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return use(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

export interface Outcome {
  status: number | null
  output: string
}

export function runOn(script: string, tree: Tree, prepare: (root: string) => void = () => {}): Outcome {
  return inFolder(tree, (root) => {
    prepare(root)
    const command = fileURLToPath(new URL(script, import.meta.url))
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, root], { encoding: 'utf8' })
    return { status, output: stdout + stderr }
  })
}
