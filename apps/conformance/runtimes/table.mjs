// Writes the table of docs/runtimes.md from the results of a run.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PAGE = fileURLToPath(new URL('../../../docs/runtimes.md', import.meta.url))
const BEGIN = '<!-- made by WRITE=docs pnpm test:runtimes -->'
const END = '<!-- end -->'
const LABELS = { hono: 'Hono', fetch: '`withLogin`', express: 'Express', fastify: 'Fastify' }

/** Renders one line for each runtime, with the scenarios and steps that passed in each app. */
export function renderTable(played, times) {
  const apps = Object.keys(LABELS)
  const lines = [...times.keys()].map((runtime) => {
    const own = played.filter(({ row }) => row.runtime === runtime)
    const cells = apps.map((app) => renderCell(own.find(({ row }) => row.app === app)))
    return `| ${[runtime.split(' ')[0], own[0]?.version, ...cells, `${times.get(runtime).toFixed(0)} ms`].join(' | ')} |`
  })
  const head = ['Runtime', 'Version', ...apps.map((app) => LABELS[app]), 'Import of core']
  return [`| ${head.join(' | ')} |`, `|${head.map(() => '---|').join('')}`, ...lines].join('\n')
}

function renderCell(cell) {
  return cell === undefined ? '–' : `${cell.scenarios} (${cell.passed})`
}

/** Replaces the table in the page. */
export function writeTable(played, times) {
  const page = readFileSync(PAGE, 'utf8')
  const [before, rest] = [page.slice(0, page.indexOf(BEGIN)), page.slice(page.indexOf(END))]
  writeFileSync(PAGE, `${before}${BEGIN}\n${renderTable(played, times)}\n${rest}`)
}
