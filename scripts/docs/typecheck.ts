// Type-checks the code of the documents against the sources, as a user of the packages would write it. The blocks of
// one document are the modules of one small app, which may import each other; they see what the demo depends on.
import { dirname, join } from 'node:path'
import ts from 'typescript'
import type { Block } from './blocks'

/** What a document's code may import from './your-app': the part of an app that is not Fetch-Login's business. */
const YOUR_APP = `
export interface User { readonly id: string; readonly name: string }
export declare const users: { find(id: string): User | undefined }
export declare function checkPassword(form: Record<string, unknown>): Promise<User | undefined>
export declare function loginPage(error?: string): string
`

/** What is wrong, each with its place in the document: `README.md:34: …`. */
export function typecheck(root: string, blocks: readonly Block[]): string[] {
  const files = new Map<string, { text: string; block: Block | null }>()
  const folderOf = ({ document }: Block): string => slashed(join(root, 'apps/demo/.docs', document))
  for (const block of blocks) {
    files.set(`${folderOf(block)}/your-app.ts`, { text: YOUR_APP, block: null })
  }
  for (const block of blocks) {
    const path = `${folderOf(block)}/${block.file}`
    if (files.get(path)?.block)
      return [`${block.document}:${block.line}: there is a file ${block.file} before this one`]
    files.set(path, { text: block.code, block })
  }
  const options = optionsOf(root)
  const program = ts.createProgram([...files.keys()], options, hostOf(options, files))
  return program.getSourceFiles().flatMap((source) => {
    const block = files.get(source.fileName)?.block
    return block ? ts.getPreEmitDiagnostics(program, source).map((found) => said(block, found)) : []
  })
}

/** The project's own strictness and its way to the sources; names that an example does not use are no mistake. */
export function optionsOf(root: string): ts.CompilerOptions {
  const parsed = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.cruise.json'),
    {
      types: ['node'],
      typeRoots: [slashed(join(root, 'node_modules/@types'))],
      jsx: ts.JsxEmit.ReactJSX,
      jsxImportSource: 'hono/jsx',
      noUnusedLocals: false,
      noUnusedParameters: false,
      isolatedDeclarations: false,
      declaration: false,
    },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (found) => raise(found.messageText) },
  )
  return parsed?.options ?? raise('tsconfig.cruise.json cannot be read')
}

// What is no block of a document is parsed once for all checks.
const parsedBefore = new Map<string, ts.SourceFile | undefined>()

function hostOf(options: ts.CompilerOptions, files: ReadonlyMap<string, { text: string }>): ts.CompilerHost {
  const host = ts.createCompilerHost(options)
  const folders = new Set([...files.keys()].flatMap(foldersAbove))
  return {
    ...host,
    fileExists: (path) => files.has(path) || host.fileExists(path),
    readFile: (path) => files.get(path)?.text ?? host.readFile(path),
    directoryExists: (path) => folders.has(path) || (host.directoryExists?.(path) ?? true),
    getSourceFile: (path, version) => {
      const text = files.get(path)?.text
      if (text !== undefined) return ts.createSourceFile(path, text, version)
      if (!parsedBefore.has(path)) parsedBefore.set(path, host.getSourceFile(path, version))
      return parsedBefore.get(path)
    },
  }
}

function foldersAbove(path: string): string[] {
  const folder = slashed(dirname(path))
  return folder === path ? [] : [folder, ...foldersAbove(folder)]
}

function said(block: Block, { file, start = 0, messageText }: ts.Diagnostic): string {
  const line = block.line + (file?.getLineAndCharacterOfPosition(start).line ?? 0)
  return `${block.document}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/')
}

function raise(message: string | ts.DiagnosticMessageChain): never {
  throw new Error(ts.flattenDiagnosticMessageText(message, '\n'))
}
