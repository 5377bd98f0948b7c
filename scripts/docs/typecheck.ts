// Type-checks the code of the documents against the sources, as a user of the packages would write it. The blocks of
// one document are the modules of one small app, which may import each other. The page of an adapter sees what that
// package depends on, every other page what apps/consumer does: all the frameworks.
import { dirname, join } from 'node:path'
import ts from 'typescript'
import type { Block } from './blocks'

/** How an app resolves its imports: by a bundler, or by Node itself. */
export type Mode = 'bundler' | 'nodenext'

/** What a document's code may import from './your-app.js': the part of an app that is not Fetch-Login's business. */
const YOUR_APP = `
export interface User { readonly id: string; readonly name: string }
export declare const users: { find(id: string): User | undefined }
export declare function checkPassword(form: Record<string, unknown>): Promise<User | undefined>
export declare function loginPage(error?: string): string
`

/** What Bun and Deno give a program, as far as the documents use it: their own types cannot stand beside those of Node. */
const RUNTIMES = `
declare namespace Bun {
  interface Server<Data> {
    readonly port: number | undefined
    requestIP(request: Request): { readonly address: string } | null
    upgrade(request: Request, options: { readonly data: Data; readonly headers?: HeadersInit }): boolean
  }
  interface ServerWebSocket<Data> { readonly data: Data; send(text: string): number; close(): void }
  function serve<Data = undefined>(options: {
    readonly port?: number
    readonly hostname?: string
    fetch(request: Request, server: Server<Data>): Response | undefined | Promise<Response | undefined>
    readonly websocket?: { data?: Data; message(socket: ServerWebSocket<Data>, text: string | Uint8Array): void }
  }): Server<Data>
}
declare namespace Deno {
  const env: { get(name: string): string | undefined }
  interface NetAddr { readonly transport: 'tcp' | 'udp'; readonly hostname: string; readonly port: number }
  interface ServeHandlerInfo { readonly remoteAddr: NetAddr }
  type ServeHandler = (request: Request, info: ServeHandlerInfo) => Response | Promise<Response>
  interface HttpServer { readonly addr: NetAddr; shutdown(): Promise<void> }
  function serve(handler: ServeHandler): HttpServer
  function serve(options: { readonly port?: number; readonly hostname?: string }, handler: ServeHandler): HttpServer
  function upgradeWebSocket(request: Request): { readonly socket: WebSocket; readonly response: Response }
}
`

/** Pages whose frameworks are those of a package, and how they write JSX. */
const EXPRESS = { folder: 'packages/express', jsx: 'hono/jsx' }
const FASTIFY = { folder: 'packages/fastify', jsx: 'hono/jsx' }
const NEXT = { folder: 'apps/next-example', jsx: 'react' }
const AT_HOME: Readonly<Record<string, { readonly folder: string; readonly jsx: string }>> = {
  'docs/express.md': EXPRESS,
  'docs/fastify.md': FASTIFY,
  'docs/guides/express.md': EXPRESS,
  'docs/guides/fastify.md': FASTIFY,
  'docs/guides/nextjs.md': NEXT,
  'docs/nextjs.md': NEXT,
  'packages/express/README.md': EXPRESS,
  'packages/fastify/README.md': FASTIFY,
  'packages/next/README.md': NEXT,
}
const ELSEWHERE = { folder: 'apps/consumer', jsx: 'hono/jsx' }

/** The folder from which a page's code sees its packages. */
export function homeOf(document: string): string {
  return (AT_HOME[document] ?? ELSEWHERE).folder
}

/** What is wrong, each with its place in the document: `README.md:34: …`. */
export function typecheck(root: string, blocks: readonly Block[], mode: Mode = 'bundler'): string[] {
  const jsxOf = ({ document }: Block): string => (AT_HOME[document] ?? ELSEWHERE).jsx
  return [...new Set(blocks.map(jsxOf))].flatMap((jsx) =>
    typecheckAs(
      jsx,
      mode,
      root,
      blocks.filter((block) => jsxOf(block) === jsx),
    ),
  )
}

function typecheckAs(jsxImportSource: string, mode: Mode, root: string, blocks: readonly Block[]): string[] {
  const files = new Map<string, { text: string; block: Block | null }>()
  const folderOf = ({ document }: Block): string => slashed(join(root, homeOf(document), '.docs', document))
  files.set(slashed(join(root, ELSEWHERE.folder, '.docs/runtimes.d.ts')), { text: RUNTIMES, block: null })
  for (const block of blocks) {
    files.set(`${folderOf(block)}/your-app.ts`, { text: YOUR_APP, block: null })
  }
  for (const block of blocks) {
    const path = `${folderOf(block)}/${block.file}`
    if (files.get(path)?.block)
      return [`${block.document}:${block.line}: there is a file ${block.file} before this one`]
    files.set(path, { text: block.code, block })
  }
  const options = { ...optionsOf(root), ...OPTIONS[mode], jsxImportSource }
  const roots = [...files.keys()]
  // An app of Next.js is no package of ES modules: its own entry points need that.
  files.set(slashed(join(root, homeOf('docs/nextjs.md'), '.docs/package.json')), { text: '{}', block: null })
  const program = ts.createProgram(roots, options, hostOf(mode, options, files))
  return program.getSourceFiles().flatMap((source) => {
    const block = files.get(source.fileName)?.block
    return block ? ts.getPreEmitDiagnostics(program, source).map((found) => said(block, found)) : []
  })
}

/** Node reads the built packages, as their manifests say; a bundler stands for the sources. */
const OPTIONS: Readonly<Record<Mode, ts.CompilerOptions>> = {
  bundler: {},
  nodenext: {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    paths: {},
    allowImportingTsExtensions: false,
    verbatimModuleSyntax: false,
  },
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

function hostOf(
  mode: Mode,
  options: ts.CompilerOptions,
  files: ReadonlyMap<string, { text: string }>,
): ts.CompilerHost {
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
      const key = `${mode} ${path}`
      if (!parsedBefore.has(key)) parsedBefore.set(key, host.getSourceFile(path, version))
      return parsedBefore.get(key)
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
