// The pages of docs/api, and what their docstrings leave unsaid: whatever a package's door exports is looked at, down to
// the members of the types that it names.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Application, Comment, Converter, Logger, LogLevel } from 'typedoc'
import { load as asMarkdown } from 'typedoc-plugin-markdown'

/**
 * The doors of all packages: what one imports (`@fetch-login/core/jwt`) -> the source behind it.
 *
 * @param {string} root
 * @returns {Map<string, string>}
 */
export function doorsIn(root) {
  const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
  return new Map(packages.filter((path) => existsSync(join(path, 'package.json'))).flatMap(doorsOf))
}

function doorsOf(path) {
  const { name, exports } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
  return Object.entries(exports).map(([door, { types = `./dist/${door === '.' ? 'index' : door.slice(2)}.d.ts` }]) => [
    door.replace(/^\./, name),
    join(path, types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts')),
  ])
}

/**
 * Reads all docstrings; what is missing or leads nowhere is a problem. With `out`, the pages are written there.
 *
 * @param {string} root
 * @param {Map<string, string>} [doors]
 * @param {string | null} [out]
 * @returns {Promise<{ problems: string[], modules: string[] }>}
 */
export async function apiDocs(root, doors = doorsIn(root), out = null) {
  const app = await Application.bootstrapWithPlugins({ ...optionsOf(root, doors), ...(out !== null && outputTo(out)) })
  if (app.logger.hasErrors()) return { problems: ['the options of typedoc are wrong'], modules: [] }
  const problems = new Problems()
  app.logger = problems
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => introduce(project, doors))
  const project = await app.convert()
  if (project === undefined) return { problems: [...problems.said, 'the sources cannot be read'], modules: [] }
  app.validate(project)
  if (out !== null) await app.generateOutputs(project)
  return { problems: problems.said, modules: (project.children ?? []).map(({ name }) => name) }
}

const EVERYTHING = ['Variable', 'Function', 'Class', 'Interface', 'Property', 'Method', 'Accessor', 'TypeAlias']

function optionsOf(root, doors) {
  return {
    entryPoints: [...doors.values()],
    tsconfig: join(root, 'tsconfig.api.json'),
    plugin: [asMarkdown],
    packagesRequiringDocumentation: [...new Set([...doors.keys()].map((door) => door.split('/', 2).join('/')))],
    requiredToBeDocumented: EVERYTHING,
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
    // tsc does that, with the settings of each package
    skipErrorChecking: true,
  }
}

function outputTo(path) {
  return { outputs: [{ name: 'markdown', path }], cleanOutputDir: true }
}

/** A module is called what one imports, and says what its file says in its first lines. */
function introduce(project, doors) {
  for (const module of project.children ?? []) {
    const file = project.getSymbolIdFromReflection(module)?.fileName
    const [door] = [...doors].find(([, source]) => source === file) ?? []
    if (door === undefined) continue
    module.name = door
    module.comment ??= new Comment([{ kind: 'text', text: firstWords(file) }])
  }
}

/** The comment on top of a file: why it is there. */
function firstWords(file) {
  const [lines = ''] = /^(?:\/\/.*\n)*/.exec(readFileSync(file, 'utf8')) ?? []
  return lines.replace(/^\/\/ ?/gm, '').trim()
}

class Problems extends Logger {
  said = []
  log(message, level) {
    if (level >= LogLevel.Warn && !INLINE.test(message)) this.said.push(message)
  }
}

/** What an unnamed type holds (`{ readonly user: User }`) is said where it is used. */
const INLINE = /\.__type\.\S+ \(Property\).* does not have any documentation/
