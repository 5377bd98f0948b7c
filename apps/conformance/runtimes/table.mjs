// The table of docs/runtimes.md, made by the run itself.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PAGE = fileURLToPath(new URL('../../../docs/runtimes.md', import.meta.url))
const BEGIN = '<!-- made by WRITE=docs pnpm test:runtimes -->'
const END = '<!-- end -->'
const CALLED = { hono: 'Hono', fetch: '`withLogin`', express: 'Express', fastify: 'Fastify' }

/** One line a runtime, with the scenarios and steps that passed in each app. */
export function rendered(played, times) {
  const apps = Object.keys(CALLED)
  const lines = [...times.keys()].map((runtime) => {
    const own = played.filter(({ row }) => row.runtime === runtime)
    const cells = apps.map((app) => cellOf(own.find(({ row }) => row.app === app)))
    return `| ${[runtime.split(' ')[0], own[0]?.version, ...cells, `${times.get(runtime).toFixed(0)} ms`].join(' | ')} |`
  })
  const head = ['Runtime', 'Version', ...apps.map((app) => CALLED[app]), 'Import of core']
  return [`| ${head.join(' | ')} |`, `|${head.map(() => '---|').join('')}`, ...lines].join('\n')
}

function cellOf(cell) {
  return cell === undefined ? '–' : `${cell.scenarios} (${cell.passed})`
}

/** Puts the table into the page, in place of the one before. */
export function writeTable(played, times) {
  const page = readFileSync(PAGE, 'utf8')
  const [before, rest] = [page.slice(0, page.indexOf(BEGIN)), page.slice(page.indexOf(END))]
  writeFileSync(PAGE, `${before}${BEGIN}\n${rendered(played, times)}\n${rest}`)
}
