// A chart of dots on a logarithmic axis, as SVG. A dot is the median, and its line runs from quartile to quartile. The colours
// follow the colour scheme of the reader.
import type { Spread } from './statistics'
import { formatFigure } from './table'

interface Dot {
  readonly label: string
  readonly spread: Spread
  readonly isOwn: boolean
}

interface Panel {
  readonly title: string
  readonly dots: readonly Dot[]
}

interface Axis {
  readonly ticks: readonly number[]
  getX(value: number): number
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

export function createDotChart(title: string, unit: string, panels: readonly Panel[]): string {
  const height = TOP + panels.reduce((sum, { dots }) => sum + HEAD + dots.length * ROW, 0) + FOOT
  const axis = createAxis(panels)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">`,
    `  <title id="title">${escapeText(title)}</title>`,
    `  <style>${STYLE}\n  </style>`,
    `  <rect class="back" width="${WIDTH}" height="${height}" rx="6"/>`,
    `  <text class="title" x="16" y="28">${escapeText(title)}</text>`,
    ...axis.ticks.flatMap((tick) => drawTick(axis, tick, unit, height)),
    ...drawPanels(panels, axis),
    '</svg>',
    '',
  ].join('\n')
}

/** The axis begins at 1 and ends at a power of ten. Smaller values are drawn at its left edge. */
function createAxis(panels: readonly Panel[]): Axis {
  const values = panels.flatMap(({ dots }) => dots.map(({ spread }) => spread.high))
  const powers = Math.ceil(Math.log10(Math.max(...values, 10)))
  const width = WIDTH - LEFT - RIGHT
  return {
    ticks: Array.from({ length: powers + 1 }, (_, power) => 10 ** power),
    getX: (value) => LEFT + (Math.log10(Math.max(value, 1)) / powers) * width,
  }
}

function drawTick({ getX }: Axis, tick: number, unit: string, height: number): string[] {
  const x = getX(tick).toFixed(1)
  return [
    `  <line class="grid" x1="${x}" x2="${x}" y1="${TOP - 8}" y2="${height - FOOT + 4}"/>`,
    `  <text class="quiet" x="${x}" y="${height - 10}" text-anchor="middle">${tick.toLocaleString('en')} ${unit}</text>`,
  ]
}

function drawPanels(panels: readonly Panel[], axis: Axis): string[] {
  let y = TOP
  return panels.flatMap(({ title, dots }) => {
    const lines = [`  <text class="panel" x="16" y="${y + 16}">${escapeText(title)}</text>`]
    y += HEAD
    for (const dot of dots) {
      lines.push(...drawDot(dot, axis, y))
      y += ROW
    }
    return lines
  })
}

function drawDot({ label, spread, isOwn }: Dot, { getX }: Axis, y: number): string[] {
  const mark = isOwn ? 'ours-mark' : 'peer-mark'
  const [low, middle, high] = [spread.low, spread.median, spread.high].map((value) => getX(value).toFixed(1))
  return [
    `  <text${isOwn ? ' class="ours"' : ''} x="28" y="${y}">${escapeText(label)}</text>`,
    `  <line class="${mark}" stroke-width="3" x1="${low}" x2="${high}" y1="${y - 4}" y2="${y - 4}"/>`,
    `  <circle class="${mark}" cx="${middle}" cy="${y - 4}" r="5"/>`,
    `  <text class="quiet" x="${Number(high) + 10}" y="${y}">${formatFigure(spread.median)}</text>`,
  ]
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
