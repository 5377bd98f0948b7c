// Markdown tables, and the format of their figures.
import type { Spread } from './statistics'

/** Creates a table whose first column is text and whose other columns are figures. */
export function createTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = columns.map((_, index) => (index === 0 ? '---' : '---:'))
  return [columns, rule, ...rows].map(createLine).join('\n')
}

function createLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** Formats a figure with about three digits. */
export function formatFigure(value: number): string {
  if (!Number.isFinite(value)) return 'none'
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** Formats a median with its quartiles. */
export function formatSpread({ low, median, high }: Spread): string {
  return `**${formatFigure(median)}** (${formatFigure(low)} to ${formatFigure(high)})`
}

/** Formats bytes as kB. */
export function formatBytes(bytes: number): string {
  return `${formatFigure(bytes / 1000)} kB`
}
