// Tables of Markdown, and how figures stand in them.
import type { Spread } from './statistics'

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** The first column is text, the others are figures. */
export function markdownTable({ columns, rows }: Table): string {
  const rule = columns.map((_, index) => (index === 0 ? '---' : '---:'))
  return [columns, rule, ...rows].map(line).join('\n')
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** A figure with about three digits. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return 'none'
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** A median with its quartiles. */
export function median({ low, median: middle, high }: Spread): string {
  return `**${figure(middle)}** (${figure(low)} to ${figure(high)})`
}

/** Bytes as kB. */
export function kilobytes(bytes: number): string {
  return `${figure(bytes / 1000)} kB`
}
