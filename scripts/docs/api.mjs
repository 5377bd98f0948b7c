// Generates the pages of docs/api, and reports missing docstrings: of each name that an entry point exports, and of each
// member of an exported type.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Application, Comment, Converter, Logger, LogLevel } from 'typedoc'
import { load as loadMarkdownPlugin } from 'typedoc-plugin-markdown'

/**
 * Returns the entry points of all packages: the name that an app imports (`@fetch-login/core/jwt`), and its source file.
 *
 * @param {string} root
 * @returns {Map<string, string>}
 */
export function getEntryPoints(root) {
  const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
  return new Map(packages.filter((path) => existsSync(join(path, 'package.json'))).flatMap(parseExports))
}

function parseExports(path) {
  const { name, exports } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
  return Object.entries(exports).map(
    ([entryPoint, { types = `./dist/${entryPoint === '.' ? 'index' : entryPoint.slice(2)}.d.ts` }]) => [
      entryPoint.replace(/^\./, name),
      join(path, types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts')),
    ],
  )
}

/**
 * Reads all docstrings. Returns a problem for each missing docstring and each broken link. Writes the pages to `out`, if set.
 *
 * @param {string} root
 * @param {Map<string, string>} [entryPoints]
 * @param {string | null} [out]
 * @returns {Promise<{ problems: string[], modules: string[] }>}
 */
export async function createApiDocs(root, entryPoints = getEntryPoints(root), out = null) {
  const app = await Application.bootstrapWithPlugins({
    ...createOptions(root, entryPoints),
    ...(out !== null && createOutputOptions(out)),
  })
  if (app.logger.hasErrors()) return { problems: ['typedoc does not accept its options'], modules: [] }
  const problems = new Problems()
  app.logger = problems
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => describeModules(project, entryPoints))
  const project = await app.convert()
  if (project === undefined) return { problems: [...problems.messages, 'typedoc cannot read the sources'], modules: [] }
  app.validate(project)
  if (out !== null) await app.generateOutputs(project)
  return { problems: problems.messages, modules: (project.children ?? []).map(({ name }) => name) }
}

const DOCUMENTED_KINDS = ['Variable', 'Function', 'Class', 'Interface', 'Property', 'Method', 'Accessor', 'TypeAlias']

function createOptions(root, entryPoints) {
  return {
    entryPoints: [...entryPoints.values()],
    tsconfig: join(root, 'tsconfig.api.json'),
    plugin: [loadMarkdownPlugin],
    packagesRequiringDocumentation: [
      ...new Set([...entryPoints.keys()].map((entryPoint) => entryPoint.split('/', 2).join('/'))),
    ],
    requiredToBeDocumented: DOCUMENTED_KINDS,
    validation: { notExported: false, notDocumented: true, invalidLink: true },
    excludePrivate: true,
    disableSources: true,
    readme: 'none',
    name: 'API',
    logLevel: 'Warn',
    outputFileStrategy: 'modules',
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    useCodeBlocks: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    // `pnpm typecheck` reports type errors, with the settings of each package.
    skipErrorChecking: true,
  }
}

function createOutputOptions(path) {
  return { outputs: [{ name: 'markdown', path }], cleanOutputDir: true }
}

/** Sets the name of each module to that of its entry point, and its description to the first comment of its file. */
function describeModules(project, entryPoints) {
  for (const module of project.children ?? []) {
    const file = project.getSymbolIdFromReflection(module)?.fileName
    const [entryPoint] = [...entryPoints].find(([, source]) => source === file) ?? []
    if (entryPoint === undefined) continue
    module.name = entryPoint
    module.comment ??= new Comment([{ kind: 'text', text: readFirstComment(file) }])
  }
}

/** Returns the comment at the top of a file. */
function readFirstComment(file) {
  const [lines = ''] = /^(?:\/\/.*\n)*/.exec(readFileSync(file, 'utf8')) ?? []
  return lines.replace(/^\/\/ ?/gm, '').trim()
}

class Problems extends Logger {
  messages = []
  log(message, level) {
    if (level >= LogLevel.Warn && !INLINE.test(message)) this.messages.push(message)
  }
}

/** Matches a member of an unnamed type, such as `{ readonly user: User }`: the docstring of the declaration around it suffices. */
const INLINE = /\.__type\.\S+ \(Property\).* does not have any documentation/
