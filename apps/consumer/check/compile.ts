// Compiles the fixtures against the built packages, as an app that installed them, and returns the errors. A file that is
// not a fixture is parsed once for all compilations with the same configuration.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const CONSUMER = toSlashes(fileURLToPath(new URL('..', import.meta.url))).replace(/\/$/, '')
const REPOSITORY = dirname(dirname(CONSUMER))

/** The texts that replace files for one compilation, by path. */
export type Overlay = ReadonlyMap<string, string>

export interface Compiled {
  /** The errors in the fixtures and in our packages: `src/hono.ts:12: TS2554 …`. */
  readonly problems: readonly string[]
  /** The paths of the checked files of this repository, relative to its root. */
  readonly checked: readonly string[]
  /** The declarations, by path. */
  readonly declarations: Overlay
}

export type Configuration = 'tsconfig.json' | 'tsconfig.nodenext.json' | 'tsconfig.registered.json'

/**
 * Compiles the files of the configuration, or `roots` instead. It also checks our own declarations, but not those of other
 * packages, because the declarations of Next.js contain errors.
 */
export function compile(
  configuration: Configuration,
  overlay: Overlay = new Map(),
  roots?: readonly string[],
): Compiled {
  const { options, fileNames } = readConfiguration(configuration)
  const program = ts.createProgram(roots ?? fileNames, options, createHost(configuration, options, overlay))
  const ours = program.getSourceFiles().filter(({ fileName }) => isOurs(fileName))
  const found = ours.flatMap((source) => ts.getPreEmitDiagnostics(program, source))
  const declarations = new Map<string, string>()
  for (const source of ours.filter(({ isDeclarationFile }) => !isDeclarationFile)) {
    found.push(...program.emit(source, (path, text) => declarations.set(toSlashes(path), text)).diagnostics)
  }
  return {
    problems: ts.sortAndDeduplicateDiagnostics(found).map(formatDiagnostic),
    checked: ours.map(({ fileName }) => toRelativePath(fileName)),
    declarations,
  }
}

function readConfiguration(configuration: Configuration): ts.ParsedCommandLine {
  const parsed = ts.getParsedCommandLineOfConfigFile(`${CONSUMER}/${configuration}`, undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => throwError(messageText),
  })
  if (parsed === undefined || parsed.errors.length > 0) throw new Error(`${configuration} cannot be read.`)
  return parsed
}

const parsedFiles = new Map<string, ts.SourceFile | undefined>()

function createHost(configuration: Configuration, options: ts.CompilerOptions, overlay: Overlay): ts.CompilerHost {
  const host = ts.createCompilerHost(options)
  const folders = new Set([...overlay.keys()].flatMap(getParentFolders))
  return {
    ...host,
    // A folder that contains only files of the overlay does not exist on the disk.
    directoryExists: (path) => folders.has(path) || (host.directoryExists?.(path) ?? true),
    fileExists: (path) => overlay.has(path) || host.fileExists(path),
    readFile: (path) => overlay.get(path) ?? host.readFile(path),
    getSourceFile: (path, version, ...rest) => {
      const text = overlay.get(path)
      if (text !== undefined) return ts.createSourceFile(path, text, version)
      const key = `${configuration} ${path}`
      if (!parsedFiles.has(key)) parsedFiles.set(key, host.getSourceFile(path, version, ...rest))
      return parsedFiles.get(key)
    },
  }
}

function getParentFolders(path: string): string[] {
  const folder = dirname(path)
  return folder === path ? [] : [folder, ...getParentFolders(folder)]
}

function isOurs(path: string): boolean {
  return path.startsWith(`${REPOSITORY}/`) && !path.includes('/node_modules/')
}

function formatDiagnostic({ file, start = 0, code, messageText }: ts.Diagnostic): string {
  const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1
  return `${toRelativePath(file?.fileName ?? '')}:${line}: TS${code} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
}

function toRelativePath(path: string): string {
  return path.replace(`${CONSUMER}/`, '').replace(`${REPOSITORY}/`, '')
}

/** Returns the path of the declarations of a built package, as the fixtures resolve it. */
export function resolveDeclarations(packageName: string): string {
  const entry = createRequire(join(CONSUMER, 'package.json')).resolve(packageName)
  return toSlashes(entry).replace(/\.js$/, '.d.ts')
}

function toSlashes(path: string): string {
  return path.replaceAll('\\', '/')
}

function throwError(message: string | ts.DiagnosticMessageChain): never {
  throw new Error(ts.flattenDiagnosticMessageText(message, '\n'))
}
