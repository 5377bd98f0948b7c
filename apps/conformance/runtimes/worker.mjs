// Bundles an app and its imports into one file, with the export conditions of Workers, and copies the configuration.
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** The name of the configuration in the folder of a Worker. */
export const CONFIG = 'worker.capnp'

/** Bundles an entry into `worker.js`, and returns the metafile of esbuild. */
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
