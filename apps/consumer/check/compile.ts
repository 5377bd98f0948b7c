// Compiles the fixtures as an app would be compiled that installed the built packages, and says what is
// wrong. What is no fixture is parsed once for all compilations with the same configuration.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const CONSUMER = slashed(fileURLToPath(new URL('..', import.meta.url))).replace(/\/$/, '')
const REPOSITORY = dirname(dirname(CONSUMER))

/** A file with another text: what is put in its place for one compilation. */
export type Overlay = ReadonlyMap<string, string>

export interface Compiled {
  /** What is wrong in the fixtures and in our packages: `src/hono.ts:12: TS2554 …`. */
  readonly problems: readonly string[]
  /** Our files that were looked at, from the root of the repository. */
  readonly seen: readonly string[]
  /** The declarations, by path. */
  readonly declarations: Overlay
}

export type Configuration = 'tsconfig.json' | 'tsconfig.nodenext.json' | 'tsconfig.registered.json'

/**
 * Compiles what the configuration includes, or `roots` instead. Our own declarations are looked at too, those of others
 * are not: Next.js' have faults in themselves.
 */
export function compile(
  configuration: Configuration,
  overlay: Overlay = new Map(),
  roots?: readonly string[],
): Compiled {
  const { options, fileNames } = configured(configuration)
  const program = ts.createProgram(roots ?? fileNames, options, hostOf(configuration, options, overlay))
  const ours = program.getSourceFiles().filter(({ fileName }) => isOurs(fileName))
  const found = ours.flatMap((source) => ts.getPreEmitDiagnostics(program, source))
  const declarations = new Map<string, string>()
  for (const source of ours.filter(({ isDeclarationFile }) => !isDeclarationFile)) {
    found.push(...program.emit(source, (path, text) => declarations.set(slashed(path), text)).diagnostics)
  }
  return {
    problems: ts.sortAndDeduplicateDiagnostics(found).map(said),
    seen: ours.map(({ fileName }) => placeOf(fileName)),
    declarations,
  }
}

function configured(configuration: Configuration): ts.ParsedCommandLine {
  const parsed = ts.getParsedCommandLineOfConfigFile(`${CONSUMER}/${configuration}`, undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => raise(messageText),
  })
  if (parsed === undefined || parsed.errors.length > 0) throw new Error(`${configuration} cannot be read.`)
  return parsed
}

const parsedBefore = new Map<string, ts.SourceFile | undefined>()

function hostOf(configuration: Configuration, options: ts.CompilerOptions, overlay: Overlay): ts.CompilerHost {
  const host = ts.createCompilerHost(options)
  const folders = new Set([...overlay.keys()].flatMap(foldersAbove))
  return {
    ...host,
    // A folder that holds nothing but what is put there is no folder of this disk.
    directoryExists: (path) => folders.has(path) || (host.directoryExists?.(path) ?? true),
    fileExists: (path) => overlay.has(path) || host.fileExists(path),
    readFile: (path) => overlay.get(path) ?? host.readFile(path),
    getSourceFile: (path, version, ...rest) => {
      const text = overlay.get(path)
      if (text !== undefined) return ts.createSourceFile(path, text, version)
      const key = `${configuration} ${path}`
      if (!parsedBefore.has(key)) parsedBefore.set(key, host.getSourceFile(path, version, ...rest))
      return parsedBefore.get(key)
    },
  }
}

function foldersAbove(path: string): string[] {
  const folder = dirname(path)
  return folder === path ? [] : [folder, ...foldersAbove(folder)]
}

function isOurs(path: string): boolean {
  return path.startsWith(`${REPOSITORY}/`) && !path.includes('/node_modules/')
}

function said({ file, start = 0, code, messageText }: ts.Diagnostic): string {
  const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1
  return `${placeOf(file?.fileName ?? '')}:${line}: TS${code} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
}

function placeOf(path: string): string {
  return path.replace(`${CONSUMER}/`, '').replace(`${REPOSITORY}/`, '')
}

/** The declarations of a built package, as the fixtures find them. */
export function declarationsOf(packageName: string): string {
  const entry = createRequire(join(CONSUMER, 'package.json')).resolve(packageName)
  return slashed(entry).replace(/\.js$/, '.d.ts')
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/')
}

function raise(message: string | ts.DiagnosticMessageChain): never {
  throw new Error(ts.flattenDiagnosticMessageText(message, '\n'))
}
