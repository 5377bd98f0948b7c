// A chart of dots on a logarithmic axis: a dot for the median, a line from quartile to quartile. SVG by hand; its colours
// follow the reader's, light or dark.
import type { Spread } from './statistics'
import { figure } from './table'

export interface Dot {
  readonly label: string
  readonly spread: Spread
  readonly isOurs: boolean
}

export interface Panel {
  readonly title: string
  readonly dots: readonly Dot[]
}

const WIDTH = 850
const LEFT = 300
const RIGHT = 70
const ROW = 24
const HEAD = 34
const TOP = 58
const FOOT = 30

const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #24292f }
    .title { font-size: 16px; font-weight: 600 } .panel { font-weight: 600 } .ours { font-weight: 600; fill: #0550ae }
    .quiet { font-size: 12px; fill: #57606a }
    .grid { stroke: #d0d7de } .peer-mark { stroke: #6e7781; fill: #6e7781 } .ours-mark { stroke: #0969da; fill: #0969da }
    .back { fill: #ffffff }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 } .ours { fill: #79c0ff } .quiet { fill: #9198a1 }
      .grid { stroke: #3d444d } .peer-mark { stroke: #9198a1; fill: #9198a1 } .ours-mark { stroke: #58a6ff; fill: #58a6ff }
      .back { fill: #0d1117 }
    }`

export function dotChart(title: string, unit: string, panels: readonly Panel[]): string {
  const height = TOP + panels.reduce((sum, { dots }) => sum + HEAD + dots.length * ROW, 0) + FOOT
  const axis = axisOf(panels)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">`,
    `  <title id="title">${escaped(title)}</title>`,
    `  <style>${STYLE}\n  </style>`,
    `  <rect class="back" width="${WIDTH}" height="${height}" rx="6"/>`,
    `  <text class="title" x="16" y="28">${escaped(title)}</text>`,
    ...axis.ticks.flatMap((tick) => gridLine(axis.x(tick), tick, unit, height)),
    ...panelLines(panels, axis.x),
    '</svg>',
    '',
  ].join('\n')
}

interface Axis {
  readonly ticks: readonly number[]
  x(value: number): number
}

/** From one power of ten to another; what lies below the first stands at its edge. */
function axisOf(panels: readonly Panel[]): Axis {
  const values = panels.flatMap(({ dots }) => dots.map(({ spread }) => spread.high))
  const powers = Math.max(1, Math.ceil(Math.log10(Math.max(...values, 10))))
  const width = WIDTH - LEFT - RIGHT
  return {
    ticks: Array.from({ length: powers + 1 }, (_, power) => 10 ** power),
    x: (value) => LEFT + (Math.log10(Math.max(value, 1)) / powers) * width,
  }
}

function gridLine(x: number, tick: number, unit: string, height: number): string[] {
  return [
    `  <line class="grid" x1="${round(x)}" x2="${round(x)}" y1="${TOP - 8}" y2="${height - FOOT + 4}"/>`,
    `  <text class="quiet" x="${round(x)}" y="${height - 10}" text-anchor="middle">${tick.toLocaleString('en')} ${unit}</text>`,
  ]
}

function panelLines(panels: readonly Panel[], x: Axis['x']): string[] {
  let y = TOP
  return panels.flatMap(({ title, dots }) => {
    const lines = [`  <text class="panel" x="16" y="${y + 16}">${escaped(title)}</text>`]
    y += HEAD
    for (const dot of dots) {
      lines.push(...dotLines(dot, x, y))
      y += ROW
    }
    return lines
  })
}

function dotLines({ label, spread, isOurs }: Dot, x: Axis['x'], y: number): string[] {
  const mark = isOurs ? 'ours-mark' : 'peer-mark'
  const [low, middle, high] = [spread.low, spread.median, spread.high].map((value) => round(x(value)))
  const text = isOurs ? ' class="ours"' : ''
  return [
    `  <text${text} x="28" y="${y}">${escaped(label)}</text>`,
    `  <line class="${mark}" stroke-width="3" x1="${low}" x2="${high}" y1="${y - 4}" y2="${y - 4}"/>`,
    `  <circle class="${mark}" cx="${middle}" cy="${y - 4}" r="5"/>`,
    `  <text class="quiet" x="${Number(high) + 10}" y="${y}">${figure(spread.median)}</text>`,
  ]
}

function round(value: number): string {
  return value.toFixed(1)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
