// A drawing fills exactly its cells in every size, colour depth and font.
import test from 'ava'
import type { ColorDepth } from '../cli/base/colour.js'
import { type Charset, type Style, styleOf } from '../cli/base/style.js'
import { plain, runs, width } from '../cli/base/text.js'
import { bars } from '../cli/charts/text/bar.js'
import { dial } from '../cli/charts/text/dial.js'
import { beside, clip, overlay, overlayCentred } from '../cli/charts/text/layout.js'
import { lines } from '../cli/charts/text/lines.js'
import { panel } from '../cli/charts/text/panel.js'
import { portrait } from '../cli/charts/text/picture.js'
import { rateDistortion } from '../cli/charts/text/rate-distortion.js'
import { scatter } from '../cli/charts/text/scatter.js'
import { sparkCells } from '../cli/charts/text/spark.js'
import type { Size } from '../cli/charts/text/surface.js'
import { dataTable } from '../cli/charts/text/table.js'

/** Generator of reproducible numbers from 0 to 1 (Park and Miller). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}

const random = numbers(7)
const n = 400
const points = {
  x: Float32Array.from({ length: n }, () => 4 * random() - 2),
  y: Float32Array.from({ length: n }, (_, i) => (i % 50 === 0 ? Number.NaN : 2 * random() - 1)),
  labels: Int32Array.from({ length: n }, (_, i) => (i % 12) - 1),
}
const falling = Array.from({ length: 300 }, (_, i) => [i, i % 90 === 3 ? Number.NaN : 130 + 400 / (1 + i)] as const)
const picture = { data: Float32Array.from({ length: 28 * 28 }, random), shape: [28, 28, 1] as const }
// Names in other scripts, and with characters that no name should hold.
const names = ['warm-fox', '静かな狐', 'x̂ 🦊', 'tab\tand\nline', 'bell\u0007', '']

/** Every drawing whose size the caller chooses. */
const drawings: Readonly<Record<string, (size: Size, style: Style) => string[]>> = {
  lines: (size, style) =>
    lines(
      {
        series: names.map((name, i) => ({ name, points: falling.map(([x, y]) => [x, y + 5 * i] as const) })),
        references: [
          { y: 205.8, name: 'ceiling' },
          { y: 45.5, name: 'floor' },
        ],
        marks: [
          { x: 100, name: 'β 5→3' },
          { x: -5, name: 'gone' },
        ],
        x: { whole: true, label: 'epoch' },
        best: 'lowest',
        smooth: 0.6,
      },
      size,
      style,
    ),
  'lines on a logarithmic axis': (size, style) =>
    lines({ series: [{ points: falling }, { points: [] }], y: { log: true }, xAxis: false }, size, style),
  'no lines': (size, style) => lines({ series: [] }, size, style),
  'lines of extremes': (size, style) =>
    lines(
      {
        series: [1e20, 5e-324, Number.POSITIVE_INFINITY].map((y) => ({
          points: falling.map(([x]) => [x, y] as const),
        })),
        x: { domain: [0, 0] },
      },
      size,
      style,
    ),
  'lines between absurd ends': (size, style) =>
    lines(
      { series: [{ points: falling }], y: { domain: [0, 5e-324] }, x: { domain: [-Infinity, Infinity] } },
      size,
      style,
    ),
  scatter: (size, style) =>
    scatter(
      {
        ...points,
        names,
        axes: true,
        cursor: [0.3, -5],
        markers: [
          { at: [0, 0], name: 'A' },
          { at: [Number.NaN, 0], name: 'B' },
        ],
        path: [[0, 0.5]],
        outlines: [
          {
            points: [
              [-1e9, 0],
              [1e9, 3],
              [Number.NaN, 0],
            ],
            ink: '',
          },
        ],
        background: { columns: 7, rows: 5, classes: Array.from({ length: 35 }, (_, i) => i % 4) },
      },
      size,
      style,
    ),
  'scatter of nothing': (size, style) => scatter({ x: [], y: [] }, size, style),
  bars: (size, style) =>
    bars(
      names.map((name, i) => ({ name, value: i, text: i.toFixed(2) })),
      size,
      style,
    ),
  dial: (size, style) => clip([dial({ beta: 3, critical: 32.2 }, size.columns, style)], { ...size, rows: size.rows }),
  spark: ({ columns, rows }, style) =>
    Array.from({ length: rows }, () => sparkCells([3, 1, Number.NaN, 2], columns, style.charset, 9)),
  panel: (size, style) =>
    panel({ title: names[2] ?? '', right: names[1] ?? '', rows: names, focused: true }, size, style),
  portrait: (size, style) => portrait(picture, size, style),
  table: (size, style) =>
    dataTable(
      {
        columns: [
          { title: 'run', priority: Number.POSITIVE_INFINITY },
          { title: 'β', align: 'right' },
        ],
        rows: names.map((name, i) => [style.red(name), String(i)]),
        sort: { column: 1, descending: true },
        selected: 4,
      },
      size,
      style,
    ),
  'rate–distortion': (size, style) =>
    rateDistortion(
      names.map((name, i) => ({ name, kl: i === 5 ? Number.NaN : 9 - 2 * i, reconstruction: 130 + i * i })),
      size,
      style,
    ),
  overlay: (size, style) => {
    const below = panel({ title: 'below', rows: names }, size, style)
    const box = panel({ title: 'above', rows: ['yes or no?'] }, { columns: 9, rows: 3 }, style)
    return overlay(overlayCentred(below, box), box, -2, size.rows - 2)
  },
  beside: ({ columns, rows }, style) => {
    const left = Math.floor(columns / 3)
    return beside([
      panel({ rows: names }, { columns: left, rows }, style),
      scatter(points, { columns: columns - left, rows }, style),
    ])
  },
}

const sizes: Size[] = [
  ...[1, 2, 3, 5].flatMap((columns) => [1, 2, 3, 4].map((rows) => ({ columns, rows }))),
  ...Array.from({ length: 40 }, () => ({
    columns: 1 + Math.floor(130 * random()),
    rows: 1 + Math.floor(45 * random()),
  })),
]
const depths: readonly ColorDepth[] = [1, 4, 8, 24]
const charsets: readonly Charset[] = ['braille', 'block', 'ascii']

for (const [name, draw] of Object.entries(drawings))
  test(`${name}: exactly its size, in every style`, (t) => {
    for (const size of sizes)
      for (const charset of charsets)
        for (const depth of depths) {
          const rows = draw(size, styleOf(depth, charset))
          const where = `${size.columns}×${size.rows}, ${depth} bits, ${charset}`
          t.is(rows.length, size.rows, where)
          for (const row of rows) if (width(row) !== size.columns) t.fail(`${where}: ${JSON.stringify(row)}`)
          const text = rows.join('')
          if (depth === 1 && plain(text) !== text) t.fail(`${where}: an escape sequence`)
          if (charset === 'ascii' && /[^ -~]/.test(plain(text))) t.fail(`${where}: ${JSON.stringify(plain(text))}`)
          if (charset === 'block' && /[⠀-⣿]/.test(text)) t.fail(`${where}: a dot of braille`)
        }
  })

test('no colour is deeper than the terminal', (t) => {
  const inks = (depth: ColorDepth) =>
    new Set(
      scatter(points, { columns: 60, rows: 20 }, styleOf(depth)).flatMap((row) => runs(row).map(({ ink }) => ink)),
    )
  t.deepEqual([...inks(1)], [''])
  t.true([...inks(4)].every((ink) => !ink.includes('38;')))
  t.true([...inks(8)].every((ink) => !ink.includes('38;2')) && [...inks(8)].some((ink) => ink.startsWith('38;5')))
  t.true([...inks(24)].some((ink) => ink.startsWith('38;2')))
})

test('classes keep colours of their own at every depth', (t) => {
  for (const depth of [4, 8, 24] as const) {
    const style = styleOf(depth)
    t.is(new Set(Array.from({ length: 10 }, (_, i) => style.series(i))).size, 10)
    t.is(style.series(13), style.series(3))
    t.is(style.series(-1), style.series(9))
  }
})
