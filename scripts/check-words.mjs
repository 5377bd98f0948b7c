// node scripts/check-words.mjs [root] [--shrink]
// Reports words that docs/style.md bans from sources and documents. scripts/words-allowed.json lists the files that still
// contain a word. An entry that is not needed any more is an error too. --shrink removes such entries, and never adds one.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Each word, the pattern that finds it, and the words to use instead. */
const WORDS = [
  ['anew', /\banew\b/i, 'again'],
  ['whoever', /\bwhoever\b/i, 'the user, the client, the caller'],
  ['somebody', /\bsomebody\b/i, 'a user, a client'],
  ['anybody', /\banybody\b/i, 'any user, any client'],
  ['nobody', /\bnobody\b/i, 'the request is anonymous, no user'],
  ['is no', /\bis no (?=\w)(?!longer\b|more\b|later\b|less\b|good\b)/i, 'is not a'],
  ['house', /\b[Hh]ouses?\b|[a-z]House(?![a-z])/, 'architecture, package'],
  ['door', /\b[Dd]oors?\b|[a-z]Door(?![a-z])/, 'entry point'],
  ['floor', /(?<!Math\.)\bfloors?\b/i, 'layer, minimum'],
  ['room', /\brooms?\b/i, 'folder, space'],
  ['roof', /\broofs?\b/i, 'layer'],
  ['handle', /\b(?:the|this|that|a|one|its|very|each) handle\b/i, 'the Auth object'],
]

const TEXT = /\.(?:[cm]?[jt]sx?|md|json|ya?ml|html|css|sh|conf|toml|capnp)$/
/** The rule itself, generated files, the scenarios of the conformance kit (copies), and the history of releases. */
const EXEMPT =
  /^(?:docs\/style\.md|scripts\/(?:check-words\.(?:mjs|test\.ts)|words-allowed\.json)|\.changeset\/.*|docs\/api\/.*|apps\/conformance\/kit\/(?:scenarios|expected)\/.*)$|(?:^|\/)(?:pnpm-lock\.yaml|CHANGELOG\.md|LICENSE)$|(?:^|\/)(?:node_modules|dist|\.next|\.git)\//

const shrinks = process.argv.includes('--shrink')
const [given] = process.argv.slice(2).filter((argument) => argument !== '--shrink')
const root = resolve(given ?? fileURLToPath(new URL('..', import.meta.url)))
const listPath = join(root, 'scripts/words-allowed.json')
const allowed = existsSync(listPath) ? JSON.parse(readFileSync(listPath, 'utf8')) : {}

const files = listFiles().filter((path) => TEXT.test(path) && !EXEMPT.test(path) && existsSync(join(root, path)))
const found = files.flatMap(findWords)
const banned = found.filter(({ path, word }) => !allowed[path]?.includes(word))
const stale = Object.entries(allowed).flatMap(([path, words]) =>
  words.filter((word) => !found.some((one) => one.path === path && one.word === word)).map((word) => [path, word]),
)

for (const { path, line, word, instead } of banned) console.error(`${path}:${line}  "${word}": write ${instead}`)
if (shrinks) shrinkList()
else for (const [path, word] of stale) console.error(`scripts/words-allowed.json: ${path} does not contain "${word}"`)
console.log(`words: ${files.length} files, ${banned.length} banned, ${found.length - banned.length} still allowed`)
if (files.length === 0) console.error('words: no file was found')
process.exitCode = banned.length === 0 && (shrinks || stale.length === 0) && files.length > 0 ? 0 : 1

function listFiles() {
  const { status, stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1e8,
  })
  if (status === 0) return stdout.split('\n').filter(Boolean)
  return readdirSync(root, { recursive: true }).map((path) => String(path).replaceAll('\\', '/'))
}

function findWords(path) {
  return readFileSync(join(root, path), 'utf8')
    .split('\n')
    .flatMap((text, index) =>
      WORDS.filter(([, pattern]) => pattern.test(text)).map(([word, , instead]) => {
        return { path, line: index + 1, word, instead }
      }),
    )
}

function shrinkList() {
  const kept = Object.entries(allowed).map(([path, words]) => [
    path,
    words.filter((word) => !stale.some(([otherPath, other]) => otherPath === path && other === word)),
  ])
  const lines = kept.filter(([, words]) => words.length > 0).map(([path, words]) => formatEntry(path, words))
  writeFileSync(listPath, `{\n${lines.join(',\n')}\n}\n`)
}

/** As biome formats it. */
function formatEntry(path, words) {
  const line = `  ${JSON.stringify(path)}: [${words.map((word) => JSON.stringify(word)).join(', ')}]`
  return line.length < 120
    ? line
    : `  ${JSON.stringify(path)}: [\n    ${words.map((word) => JSON.stringify(word)).join(',\n    ')}\n  ]`
}
