// Small charts, row by row, each derived by hand in the comment above it.
import test from 'ava'
import { styleOf } from '../cli/base/style.js'
import { applyInk, runs } from '../cli/base/text.js'
import { bars } from '../cli/charts/text/bar.js'
import { Canvas } from '../cli/charts/text/canvas.js'
import { dial } from '../cli/charts/text/dial.js'
import { lines } from '../cli/charts/text/lines.js'
import { medians } from '../cli/charts/text/medians.js'
import { paretoFront } from '../cli/charts/text/pareto.js'
import { planeOf } from '../cli/charts/text/plane.js'
import { finiteOf, quantile } from '../cli/charts/text/quantile.js'
import { rateDistortion } from '../cli/charts/text/rate-distortion.js'
import { limits, linearTicks, logTicks, tickLabels } from '../cli/charts/text/scale.js'
import { scatter } from '../cli/charts/text/scatter.js'
import { clipSegment } from '../cli/charts/text/segment.js'
import { smooth } from '../cli/charts/text/smooth.js'

const style = styleOf(1)
const around = { x: [-2, 2], y: [-2, 2] } as const

test('dots become the characters that the font has', (t) => {
  const canvas = new Canvas({ columns: 2, rows: 1 })
  canvas.set(0, 0)
  canvas.set(3, 3)
  canvas.set(9, 9)
  canvas.set(-1, 0)
  // Upper left of the first cell, lower right of the second.
  t.deepEqual(canvas.toRows('braille'), ['⠁⢀'])
  t.deepEqual(canvas.toRows('block'), ['▘▗'])
  t.deepEqual(canvas.toRows('ascii'), ["'."])
})

test('letters lean as their line does', (t) => {
  const drawn = (...line: [number, number, number, number]) => {
    const canvas = new Canvas({ columns: 1, rows: 1 })
    canvas.line(...line)
    return canvas.toRows('ascii')[0]
  }
  t.is(drawn(0, 0, 1, 3), '\\')
  t.is(drawn(0, 3, 1, 0), '/')
  t.is(drawn(0, 0, 0, 3), '|')
  t.is(drawn(0, 1, 1, 1), '-')
  t.is(drawn(0, 3, 1, 3), '_')
})

test('a cell takes the colour of most of its dots', (t) => {
  const canvas = new Canvas({ columns: 1, rows: 1 })
  canvas.set(0, 0, '31')
  canvas.set(0, 1, '32')
  canvas.set(0, 2, '32')
  t.deepEqual(canvas.toRows(), [applyInk('⠇', '32')])
})

test('a dashed line goes on with its pattern where it bends', (t) => {
  const canvas = new Canvas({ columns: 3, rows: 1 })
  const phase = canvas.line(0, 0, 2, 0, '', [2, 1])
  canvas.line(2, 0, 5, 0, '', [2, 1], phase)
  // Dots 0 1, not 2, 3 4, not 5.
  t.deepEqual(canvas.toRows(), ['⠉⠈⠁'])
})

test('a line that goes far beyond is clipped', (t) => {
  // y = x from −1e9 to 1e9 crosses a square of 4 dots along its diagonal.
  t.deepEqual(clipSegment(4, 4, [-1e9, -1e9, 1e9, 1e9]), [0, 0, 3, 3])
  t.deepEqual(clipSegment(4, 4, [1, 1, 2, 2]), [1, 1, 2, 2])
  t.is(clipSegment(4, 4, [5, 0, 9, 3]), undefined)
  t.is(clipSegment(4, 4, [0, Number.NaN, 3, 3]), undefined)
})

test('a curve runs from end to end, with its axes', (t) => {
  const falling = {
    series: [
      {
        points: [
          [0, 10],
          [10, 0],
        ] as const,
      },
    ],
  }
  const size = { columns: 14, rows: 5 }
  // 10 columns by 4 rows are 20 by 16 dots, and the line crosses all of them from the upper left corner.
  t.deepEqual(lines(falling, size, style), [
    '10 ┤⠑⠤⡀       ',
    '   │  ⠈⠢⢄     ',
    '   │     ⠑⠢⡀  ',
    ' 0 ┤       ⠈⠒⢄',
    '   0────────10',
  ])
  t.deepEqual(lines(falling, size, styleOf(1, 'ascii')), [
    '10 +--.       ',
    "   |  '--     ",
    '   |     --.  ',
    " 0 +       '--",
    '   0--------10',
  ])
})

test('what is not finite is a gap', (t) => {
  const points = [
    [0, 1],
    [2, 1],
    [4, Number.NaN],
    [6, 3],
    [8, 3],
  ] as const
  // No axis; between 1 and 3 only 2 is round, and it is the centre: the first row below.
  t.deepEqual(lines({ series: [{ points }], xAxis: false }, { columns: 12, rows: 2 }, style), [
    '  │      ⠈⠉⠉',
    '2 ┤⣀⣀⡀      ',
  ])
})

test('names, marks and references are placed where there is room; references off the axis are named below', (t) => {
  const chart = {
    series: [
      {
        name: 'a',
        points: [
          [0, 4],
          [5, 4],
        ] as const,
      },
      {
        name: 'b',
        points: [
          [0, 0],
          [10, 0],
        ] as const,
      },
    ],
    x: { domain: [0, 10] as const, whole: true, label: 'epoch' },
    marks: [{ x: 8, name: 'β' }],
    references: [
      { y: 2, name: 'floor' },
      { y: 99, name: 'ceiling' },
    ],
  }
  // Without colour the second curve is dashed: four dots, three gaps. It ends at the edge, so its name is above.
  t.deepEqual(lines(chart, { columns: 28, rows: 8 }, style), [
    '4 ┤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤ a    ⠨β    ',
    '  │                   ⠨     ',
    '  │                   ⠨     ',
    '2 ┤⠁ floor 2.00⠁ ⠁ ⠁ ⠁⠨⠁ ⠁ ⠁',
    '  │                   ⠨    b',
    '0 ┤⠒⠒ ⠐⠒⠂ ⠒⠒ ⠐⠒⠂ ⠒⠒ ⠐⠒⠂ ⠒⠒ ⠐',
    '  0─────────────── epoch ─10',
    '   ceiling 99.0 ↑           ',
  ])
})

test('on a logarithmic axis every power of ten is as high as the next', (t) => {
  const points = [
    [0, 1000],
    [1, 100],
    [2, 10],
    [3, 1],
  ] as const
  t.deepEqual(lines({ series: [{ points }], y: { log: true }, xAxis: false }, { columns: 14, rows: 4 }, style), [
    '    │⠑⢄⡀      ',
    '100 ┤  ⠈⠢⡀    ',
    '    │    ⠈⠢⡀  ',
    '  1 ┤      ⠈⠒⢄',
  ])
})

test('the best value so far is marked on its curve', (t) => {
  const points = [
    [0, 2],
    [1, 0],
    [2, 1],
  ] as const
  const rows = lines({ series: [{ points }], best: 'lowest', xAxis: false }, { columns: 13, rows: 3 }, style)
  // x = 1 is in the centre of the 10 columns beside the 3 of the axis.
  t.is(rows[2]?.indexOf('◆'), 3 + 5)
})

test('neither a plunge at the start nor a wild value flattens the rest', (t) => {
  const values = Array.from({ length: 200 }, (_, i) => (i < 3 ? 500 : i === 90 ? 1e6 : 150 - i / 10))
  const [low, high] = limits(values)
  t.is(low, 150 - 19.9)
  t.is(high, 150 - 0.3)
  t.deepEqual(limits([5, 1, 900]), [1, 900])
  t.deepEqual(limits([3, Number.NaN]), [2.5, 3.5])
  t.deepEqual(limits([]), [0, 1])
})

test('a quantile is the value that sorting would find in its place', (t) => {
  // 7919 and 1009 are primes: the values 0 to 1008 in another order.
  const values = Float64Array.from({ length: 1009 }, (_, i) => (i * 7919) % 1009)
  for (const place of [0, 1, 504, 1007, 1008]) t.is(quantile(values, place / 1008), place)
  t.is(quantile(Float64Array.of(3, 3, 3, 1), 0.5), 3)
  t.is(quantile(Float64Array.of(5), 0.3), 5)
  t.is(quantile(Float64Array.of(), 0.5), 0)
  t.deepEqual(finiteOf([1, Number.NaN, Number.POSITIVE_INFINITY, -2]), Float64Array.of(1, -2))
})

test('ticks are round and few', (t) => {
  t.deepEqual(linearTicks([131, 178], 4), [140, 150, 160, 170])
  t.deepEqual(linearTicks([131, 178], 3), [140, 160])
  t.deepEqual(linearTicks([0, 20], 5, true), [0, 5, 10, 15, 20])
  t.deepEqual(linearTicks([0, 2], 9, true), [0, 1, 2])
  t.deepEqual(linearTicks([0, 1], 6), [0, 0.2, 0.4, 0.6, 0.8, 1])
  t.deepEqual(logTicks([1, 1e6], 4), [1, 100, 10000, 1e6])
  t.deepEqual(logTicks([1, 10], 4), [1, 2, 5, 10])
  t.deepEqual(logTicks([130, 180], 4), [140, 160, 180])
  t.deepEqual(logTicks([1, Number.POSITIVE_INFINITY], 4), [])
  t.deepEqual(tickLabels([0, 0.2, 0.4]), ['0.0', '0.2', '0.4'])
  t.deepEqual(tickLabels([-2000, 0, 2000]), ['−2,000', '0', '2,000'])
  t.deepEqual(tickLabels([1.05e20]), ['1.05e20'])
})

test('the moving average is without bias from its first value on', (t) => {
  // α = 0.6: s₁ = 0.4·1, ŝ₁ = 0.4 / 0.4; s₂ = 0.6·0.4 + 0.4·2 = 1.04, ŝ₂ = 1.04 / (1 − 0.36).
  t.deepEqual(
    smooth([1, 2], 0.6).map((value) => value.toFixed(6)),
    ['1.000000', '1.625000'],
  )
  t.deepEqual(
    smooth([3, 3, 3], 0.9).map((value) => value.toFixed(6)),
    ['3.000000', '3.000000', '3.000000'],
  )
  // A gap stays a gap and is not averaged over.
  t.deepEqual(smooth([1, Number.NaN, 1], 0.5), [1, Number.NaN, 1])
  t.deepEqual(smooth([1, 5], 0), [1, 5])
})

test('a unit of the plane is as wide as it is high', (t) => {
  // 20 × 5 cells are 40 × 20 dots: 4 units need 20 dots upwards, so one is 5 dots, and 8 units fit across.
  const plane = planeOf(around, { columns: 20, rows: 5 })
  t.is(plane.scale, 5)
  t.deepEqual(plane.domain, { x: [-4, 4], y: [-2, 2] })
  t.deepEqual(plane.dot(0, 0), [20, 10])
  t.deepEqual(
    plane.at(10, 2).map((value) => value.toFixed(9)),
    ['0.200000000', '0.000000000'],
  )
})

test('each class has its name at its median', (t) => {
  const points = { x: [-1, 1, 1, 1], y: [1, -1, -1, -1], labels: [3, 7, 7, 7], domain: around, prior: false }
  // 9 × 4 cells: 4 dots per unit, the origin at dot (9, 8). (−1, 1) is dot (5, 4), (1, −1) is dot (13, 12).
  t.deepEqual(scatter(points, { columns: 9, rows: 4 }, style), ['         ', '  3      ', '         ', '      7  '])
  t.deepEqual(scatter({ ...points, medians: false }, { columns: 9, rows: 4 }, style), [
    '         ',
    '  ⠈      ',
    '         ',
    '      ⠈  ',
  ])
  const coloured = scatter(points, { columns: 9, rows: 4 }, styleOf(4))
  t.deepEqual(
    runs(coloured[1] ?? '').map(({ ink }) => ink),
    ['', '7;35', ''],
  )
  t.deepEqual(medians({ x: [0, 9, 1, 5], y: [0, 0, 0, Number.NaN], labels: [1, 1, 1, 2] }), [{ label: 1, x: 1, y: 0 }])
})

test('where points are dense, more dots are set', (t) => {
  // 8 × 1 cells are 16 × 4 dots, 4 per unit: 100 points on two dots of the first cell, one point in the fifth, and 8000
  // points on all eight dots of the last.
  const few = Array.from({ length: 100 }, (_, i) => -1.75 + (i % 2 === 0 ? 0.01 : -0.01))
  const many = Array.from({ length: 8000 }, (_, i) => i)
  const x = [...few, 0.1, ...many.map((i) => (i % 2 === 0 ? 1.6 : 1.9))]
  const y = [...few.map(() => 0), 0, ...many.map((i) => 0.45 * (1 - i / 4000))]
  const domain = { x: [-2, 2], y: [-0.5, 0.5] } as const
  const [row = ''] = scatter({ x, y, domain, prior: false }, { columns: 8, rows: 1 }, style)
  // Eight dots times the square root of the share of the densest cell, at least one: √(100 / 8000) is 0.11.
  t.deepEqual(
    Array.from(row, (cell) =>
      cell === ' ' ? 0 : (cell.charCodeAt(0) - 0x2800).toString(2).replaceAll('0', '').length,
    ),
    [1, 0, 0, 0, 1, 0, 0, 8],
  )
  // Without the dense cell every dot is set.
  const alone = scatter({ x: few, y: few.map(() => 0), domain, prior: false }, { columns: 8, rows: 1 }, style)
  t.is(alone[0]?.[0], '⠤')
})

test('a cursor is a cross, and a marker stands in its cell', (t) => {
  const marks = { cursor: [0, 0], markers: [{ at: [1.5, 1.5], name: 'B' }] } as const
  const shown = { x: [], y: [], domain: around, prior: false, ...marks }
  // 16 × 8 cells: 8 dots per unit, the origin in cell (8, 4), (1.5, 1.5) in cell (14, 1).
  t.deepEqual(scatter(shown, { columns: 16, rows: 8 }, style), [
    '                ',
    '              B ',
    '                ',
    '        │       ',
    '     ───✚───    ',
    '        │       ',
    '                ',
    '                ',
  ])
})

test('between classes there is a border, or a ground where there are colours for it', (t) => {
  const shown = { x: [], y: [], domain: around, prior: false, background: { columns: 2, rows: 1, classes: [0, 1] } }
  // The grid has two cells, so the border is in the centre: the last dot of the left half.
  t.deepEqual(scatter(shown, { columns: 8, rows: 2 }, style), ['   ⢸    ', '   ⠸    '])
  const grounds = runs(scatter(shown, { columns: 8, rows: 2 }, styleOf(8))[0] ?? '')
  t.deepEqual(
    grounds.map(({ text }) => text),
    ['    ', '    '],
  )
  t.true(grounds.every(({ ink }) => ink.startsWith('48;5;')))
})

test('the front holds what nothing else beats', (t) => {
  // (6, 150) is worse than (6, 130) in one and no better in the other; equal points do not beat each other.
  t.deepEqual(
    paretoFront([
      [6, 130],
      [4, 140],
      [6, 150],
    ]),
    [1, 0],
  )
  t.deepEqual(
    paretoFront([
      [1, 1],
      [1, 1],
      [2, 2],
      [Number.NaN, 0],
    ]),
    [0, 1],
  )
  t.deepEqual(paretoFront([]), [])
})

test('runs by rate and distortion, those of the front joined and starred', (t) => {
  const rows = rateDistortion(
    [
      { name: 'β1', kl: 6, reconstruction: 130 },
      { name: 'β5', kl: 4, reconstruction: 140 },
      { name: 's2', kl: 6, reconstruction: 150 },
    ],
    { columns: 34, rows: 8 },
    style,
  )
  t.deepEqual(rows, [
    '150 ┤                         s2○ ',
    '    │                             ',
    '    │  β5 ★                       ',
    '140 ┤ ●⢄⣀⡀                        ',
    '    │    ⠈⠉⠉⠒⠒⠤⠤⣀⣀⡀               ',
    '    │             ⠈⠉⠑⠒⠒⠤⠤⣀⣀ β1 ★  ',
    '130 ┤                      ⠉⠉⠑⠒⠢● ',
    '    └─4────────────5── KL nats ─6─',
  ])
})

test('bars are of one scale, and what has no place is counted', (t) => {
  const all = [
    { name: 'z₀', value: 4, text: '4.00' },
    { name: 'z₁₀', value: 1, text: '1.00' },
    { name: 'z₂', value: 0, text: '0.00' },
  ]
  t.deepEqual(bars(all, { columns: 40, rows: 2 }, style), [
    'z₀  ▕████████▏ 4.00  z₂  ▕        ▏ 0.00',
    'z₁₀ ▕██      ▏ 1.00                     ',
  ])
  t.deepEqual(bars(all, { columns: 20, rows: 2 }, style), ['z₀  ▕█████████▏ 4.00', '… 2 more            '])
  t.is(bars(all, { columns: 20, rows: 3 }, styleOf(1, 'ascii'), 8)[0], 'z0  [#####    ] 4.00')
})

test('the dial has room for 0, and says where β collapses', (t) => {
  t.is(dial({ beta: 1, critical: 32.2 }, 60, style), 'β 0 ─────────────●─────────── 32.2 collapse ┆──── 50   now 1')
  t.is(dial({ beta: 0 }, 40, style), 'β 0 ●──────┼─────────┼─────── 50   now 0')
  t.is(dial({ beta: 60, critical: 5 }, 50, style), 'β 0 ─────────┼────────┆ 5 collapse ──● 60   now 60')
  t.is(dial({ beta: 2 }, 10, style), 'β 2       ')
  const estimated = { beta: 1, critical: 32.2, examples: 10698 }
  t.regex(dial(estimated, 100, style), / 32\.2 collapse \(10,698 examples\) ┆/)
  t.is(dial(estimated, 60, style), dial({ beta: 1, critical: 32.2 }, 60, style), 'no room')
})
