// Type-checks the code of the documents against the sources, as a user of the packages would write it. The blocks of
// one document are the modules of one small app, and may import each other. The page of an adapter can import the
// dependencies of that package. Every other page can import those of apps/consumer, which has all frameworks.
import { dirname, join } from 'node:path'
import ts from 'typescript'
import type { Block } from './blocks'

/** The module resolution of an app: by a bundler, or by Node. */
export type Mode = 'bundler' | 'nodenext'

/** The module './your-app.js', which the code of a document may import: the part of an app that does not use Fetch-Login. */
const YOUR_APP = `
export interface User { readonly id: string; readonly name: string }
export declare const users: { find(id: string): User | undefined }
export declare function checkPassword(form: Record<string, unknown>): Promise<User | undefined>
export declare function loginPage(error?: string): string
`

/** The globals of Bun and Deno that the documents use. Their own types conflict with those of Node. */
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

/** Pages that have the dependencies of another package, or another JSX runtime, than the other pages. */
const EXPRESS = { folder: 'packages/express', jsx: 'hono/jsx' }
const FASTIFY = { folder: 'packages/fastify', jsx: 'hono/jsx' }
const NEXT = { folder: 'apps/next-example', jsx: 'react' }
const PAGES: Readonly<Record<string, { readonly folder: string; readonly jsx: string }>> = {
  'docs/express.md': EXPRESS,
  'docs/fastify.md': FASTIFY,
  'docs/guides/csrf.md': { folder: 'apps/consumer', jsx: 'react' },
  'docs/guides/express.md': EXPRESS,
  'docs/guides/fastify.md': FASTIFY,
  'docs/guides/nextjs.md': NEXT,
  'docs/nextjs.md': NEXT,
  'packages/express/README.md': EXPRESS,
  'packages/fastify/README.md': FASTIFY,
  'packages/next/README.md': NEXT,
}
const OTHER_PAGES = { folder: 'apps/consumer', jsx: 'hono/jsx' }

/** Returns the folder from which the code of a page resolves its imports. */
export function getPackageFolder(document: string): string {
  return (PAGES[document] ?? OTHER_PAGES).folder
}

/** Returns the type errors, each with its place in the document: `README.md:34: …`. */
export function typecheck(root: string, blocks: readonly Block[], mode: Mode = 'bundler'): string[] {
  const getJsxRuntime = ({ document }: Block): string => (PAGES[document] ?? OTHER_PAGES).jsx
  return [...new Set(blocks.map(getJsxRuntime))].flatMap((jsx) =>
    typecheckWithJsx(
      jsx,
      mode,
      root,
      blocks.filter((block) => getJsxRuntime(block) === jsx),
    ),
  )
}

function typecheckWithJsx(jsxImportSource: string, mode: Mode, root: string, blocks: readonly Block[]): string[] {
  const files = new Map<string, { text: string; block: Block | null }>()
  const getFolder = ({ document }: Block): string =>
    toSlashes(join(root, getPackageFolder(document), '.docs', document))
  files.set(toSlashes(join(root, OTHER_PAGES.folder, '.docs/runtimes.d.ts')), { text: RUNTIMES, block: null })
  for (const block of blocks) {
    files.set(`${getFolder(block)}/your-app.ts`, { text: YOUR_APP, block: null })
  }
  for (const block of blocks) {
    const path = `${getFolder(block)}/${block.file}`
    if (files.get(path)?.block)
      return [`${block.document}:${block.line}: the document has an earlier block with the name ${block.file}`]
    files.set(path, { text: block.code, block })
  }
  const options = { ...readCompilerOptions(root), ...OPTIONS[mode], jsxImportSource }
  const roots = [...files.keys()]
  // The entry points of Next.js require a package.json without `"type": "module"`.
  const pagesOfNext = jsxImportSource === NEXT.jsx ? blocks : []
  for (const block of pagesOfNext) files.set(`${getFolder(block)}/package.json`, { text: '{}', block: null })
  const program = ts.createProgram(roots, options, createCompilerHost(mode, options, files))
  return program.getSourceFiles().flatMap((source) => {
    const block = files.get(source.fileName)?.block
    return block ? ts.getPreEmitDiagnostics(program, source).map((found) => formatDiagnostic(block, found)) : []
  })
}

/** In the mode of Node, imports resolve to the built packages by their manifests. In the mode of a bundler, to the sources. */
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

/** Reads the compiler options of the project, with its paths to the sources. Unused names in an example are allowed. */
export function readCompilerOptions(root: string): ts.CompilerOptions {
  const parsed = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.cruise.json'),
    {
      types: ['node'],
      typeRoots: [toSlashes(join(root, 'node_modules/@types'))],
      jsx: ts.JsxEmit.ReactJSX,
      jsxImportSource: 'hono/jsx',
      noUnusedLocals: false,
      noUnusedParameters: false,
      isolatedDeclarations: false,
      declaration: false,
    },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (found) => throwError(found.messageText) },
  )
  return parsed?.options ?? throwError('tsconfig.cruise.json cannot be read')
}

// A file that is not a block of a document is parsed once for all checks.
const parsedFiles = new Map<string, ts.SourceFile | undefined>()

function createCompilerHost(
  mode: Mode,
  options: ts.CompilerOptions,
  files: ReadonlyMap<string, { text: string }>,
): ts.CompilerHost {
  const host = ts.createCompilerHost(options)
  const folders = new Set([...files.keys()].flatMap(getParentFolders))
  return {
    ...host,
    fileExists: (path) => files.has(path) || host.fileExists(path),
    readFile: (path) => files.get(path)?.text ?? host.readFile(path),
    directoryExists: (path) => folders.has(path) || (host.directoryExists?.(path) ?? true),
    getSourceFile: (path, version) => {
      const text = files.get(path)?.text
      if (text !== undefined) return ts.createSourceFile(path, text, version)
      const key = `${mode} ${path}`
      if (!parsedFiles.has(key)) parsedFiles.set(key, host.getSourceFile(path, version))
      return parsedFiles.get(key)
    },
  }
}

function getParentFolders(path: string): string[] {
  const folder = toSlashes(dirname(path))
  return folder === path ? [] : [folder, ...getParentFolders(folder)]
}

function formatDiagnostic(block: Block, { file, start = 0, messageText }: ts.Diagnostic): string {
  const line = block.line + (file?.getLineAndCharacterOfPosition(start).line ?? 0)
  return `${block.document}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
}

function toSlashes(path: string): string {
  return path.replaceAll('\\', '/')
}

function throwError(message: string | ts.DiagnosticMessageChain): never {
  throw new Error(ts.flattenDiagnosticMessageText(message, '\n'))
}
