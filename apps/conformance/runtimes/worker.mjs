// A Worker is one file: what an app imports, bundled under the conditions of Workers, and a configuration beside it.
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** The configuration's name in the folder of a Worker. */
export const CONFIG = 'worker.capnp'

/** Bundles an entry into `worker.js`; gives esbuild's list of what came in. */
export async function bundleWorker(entry, folder) {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile: join(folder, 'worker.js'),
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'import'],
    minify: true,
    metafile: true,
    logLevel: 'error',
  })
  copyFileSync(fileURLToPath(new URL(CONFIG, import.meta.url)), join(folder, CONFIG))
  return metafile
}
