import test from 'ava'
import { charsetOf, colorDepth, styleOf } from '../cli/base/style.js'
import { pad, plain, width } from '../cli/base/text.js'
import { bytes, clock, count, duration, layers, nats, percent, plural, shape, table } from '../cli/charts/format.js'
import { bar, framedBar } from '../cli/charts/text/bar.js'
import { grid, pictures, portrait, strip } from '../cli/charts/text/picture.js'
import { cells } from '../cli/charts/text/pixels.js'
import { enlarge, fitSize, resize } from '../cli/charts/text/resize.js'
import { sparkCells, sparkline } from '../cli/charts/text/spark.js'
import type { Picture } from '../index.js'

const grey = (height: number, width: number, value: (y: number, x: number) => number): Picture => ({
  data: Float32Array.from({ length: height * width }, (_, i) => value(Math.floor(i / width), i % width)),
  shape: [height, width, 1],
})

test('numbers read as a person writes them', (t) => {
  t.is(count(11240), '11,240')
  t.is(plural(1, 'epoch'), '1 epoch')
  t.is(plural(0, 'epoch'), '0 epochs')
  t.deepEqual([142.08, 45.5345, 6.523, 0.0034, 0, -171.2, 12345].map(nats), [
    '142.1',
    '45.5',
    '6.52',
    '0.003',
    '0.00',
    '-171.2',
    '12,345',
  ])
  t.deepEqual([null, undefined, Number.NaN, Number.POSITIVE_INFINITY].map(nats), ['–', '–', '–', '–'])
  t.deepEqual([0.443, 0.0463, 0, 1].map(percent), ['44 %', '4.6 %', '0 %', '100 %'])
})

test('durations and clocks', (t) => {
  t.deepEqual([0.42, 9.41, 84, 7390, Number.NaN].map(duration), ['0.42 s', '9.4 s', '1:24', '2:03:10', '–'])
  t.deepEqual([31.7, 3600, Number.NaN].map(clock), ['0:32', '1:00:00', '–:––'])
})

test('sizes, shapes and networks', (t) => {
  t.deepEqual([512, 9912422, 11_000].map(bytes), ['512 B', '9.91 MB', '11.0 kB'])
  t.is(shape([28, 28]), '28×28')
  t.is(shape([64, 48, 3]), '64×48×3')
  t.is(shape([12]), '12 values')
  t.is(layers([28, 28], [512, 256], 2), '784-512-256-2')
  t.is(layers([5], [], 1), '5-1')
})

test('a table aligns words to the left and numbers to the right', (t) => {
  t.deepEqual(
    table(
      [
        ['a', '1,204.9'],
        ['long', '3.0'],
      ],
      ['left', 'right'],
    ),
    ['a     1,204.9', 'long      3.0'],
  )
})

test('bars fill by eighths and never leave their frame', (t) => {
  t.is(bar(0.5, 4), '██  ')
  t.is(bar(1 / 32, 4), '▏   ')
  t.is(framedBar(2, 3), '▕███▏')
  t.is(framedBar(Number.NaN, 3), '▕   ▏')
  t.is(sparkline([3, 2, 1, Number.NaN]), '█▅▁·')
  t.is(sparkline([1, 1]), '▁▁')
})

test('a picture keeps its proportions and its mean when it shrinks', (t) => {
  t.deepEqual(
    fitSize(
      grey(28, 28, () => 0),
      { height: 14, width: 80 },
    ),
    { height: 14, width: 14 },
  )
  t.deepEqual(
    fitSize(
      grey(8, 8, () => 0),
      { height: 14, width: 80 },
    ),
    { height: 8, width: 8 },
  )
  const small = resize(
    grey(4, 4, (y) => (y < 2 ? 1 : 0)),
    { height: 2, width: 2 },
  )
  t.deepEqual([...small.data], [1, 1, 0, 0])
  const odd = resize(
    grey(3, 3, () => 0.5),
    { height: 2, width: 2 },
  )
  t.deepEqual([...odd.data], [0.5, 0.5, 0.5, 0.5])
})

test('a curve in a row has a dot for what is still to come', (t) => {
  // Four cells for eight values, two per cell; the mean of 3 and 1 is the highest.
  t.is(sparkCells([3, 1, 0, 0], 4, 'braille', 8), '█▁··')
  t.is(sparkCells([1, 2, 3], 3), '▁▅█')
  t.is(sparkCells([1, 2, 3], 3, 'ascii'), '_=#')
  t.is(sparkCells([], 3), '···')
})

test('two pixels share a cell in colour, eight without: there greys become dots', (t) => {
  const picture = grey(2, 2, (y) => 1 - y)
  t.deepEqual(cells(picture, styleOf(24)), ['\u001b[38;2;255;255;255;48;2;0;0;0m▀▀\u001b[0m'])
  t.deepEqual(cells(picture, styleOf(8)), ['\u001b[38;5;231;48;5;16m▀▀\u001b[0m'])
  t.deepEqual(cells(picture, styleOf(1)), ['⠉'])
  const shade = (value: number) =>
    cells(
      grey(4, 2, () => value),
      styleOf(1),
    )
  t.deepEqual([0, 0.3, 0.5, 0.7, 1].flatMap(shade), [' ', '⠅', '⢕', '⢽', '⣿'])
})

test('values outside 0 to 1 are clamped', (t) => {
  t.deepEqual(
    cells(
      grey(2, 2, (_, x) => (x === 0 ? -3 : Number.NaN)),
      styleOf(1),
    ),
    [' '],
  )
  t.deepEqual(
    cells(
      grey(4, 2, () => 7),
      styleOf(1),
    ),
    ['⣿'],
  )
})

test('neither colour nor braille: a cell is as light as its two pixels together', (t) => {
  // Brightness 0, ¼, ½, ¾, 1; each ramp spaces its characters evenly.
  const picture = grey(2, 5, (_, x) => x / 4)
  t.deepEqual(cells(picture, styleOf(1, 'block')), [' ░▒▓█'])
  t.deepEqual(cells(picture, styleOf(4, 'ascii')), [' :+#@'])
})

test('a portrait fills its room by whole pixels and stays in the middle', (t) => {
  // 4 × 4 pixels are 2 × 1 cells of braille; 6 × 4 cells hold three times that, with one row above and none below.
  const full = grey(4, 4, () => 1)
  t.deepEqual(portrait(full, { columns: 7, rows: 4 }, styleOf(1)), ['⣿⣿⣿⣿⣿⣿ ', '⣿⣿⣿⣿⣿⣿ ', '⣿⣿⣿⣿⣿⣿ ', '       '])
  t.deepEqual(
    [
      ...enlarge(
        grey(1, 2, (_, x) => x),
        2,
      ).data,
    ],
    [0, 0, 1, 1, 0, 0, 1, 1],
  )
  t.deepEqual(portrait(full, { columns: 3, rows: 0 }, styleOf(24)), [])
})

test('pictures come out of a tensor, grey or RGB; vectors are none', (t) => {
  t.deepEqual(pictures({ data: new Float32Array(24), shape: [2, 2, 2, 3] })[1]?.shape, [2, 2, 3])
  t.is(pictures({ data: new Float32Array(8), shape: [2, 2, 2] }).length, 2)
  t.deepEqual(pictures({ data: new Float32Array(8), shape: [2, 4] }), [])
})

test('a strip holds what fits, a grid holds all', (t) => {
  const all = Array.from({ length: 6 }, () => grey(8, 8, () => 1))
  const singles = all.map((picture) => [picture])
  t.deepEqual(strip(singles, 9, 2, styleOf(1)), ['⣿⣿⣿⣿ ⣿⣿⣿⣿', '⣿⣿⣿⣿ ⣿⣿⣿⣿'])
  t.is(strip(singles, 3, 2, styleOf(1)).length, 2)
  t.is(strip([all.slice(0, 2), all.slice(2, 4)], 21, 2, styleOf(1), 3)[0], '⣿⣿⣿⣿ ⣿⣿⣿⣿   ⣿⣿⣿⣿ ⣿⣿⣿⣿')
  t.is(width(strip(singles, 17, 4, styleOf(24))[0] ?? ''), 17)
  t.is(grid(all, 14, styleOf(1), 3).length, 4)
  t.true(grid(all, 14, styleOf(1), 3).every((row) => width(row) <= 14))
  t.deepEqual(grid([], 80, styleOf(1)), [])
})

test('colour is as deep as the terminal, and off where it is not wanted', (t) => {
  const terminal = { isTTY: true, getColorDepth: () => 24 }
  t.is(colorDepth(terminal, {}), 24)
  t.is(colorDepth(terminal, { NO_COLOR: '1' }), 1)
  t.is(colorDepth(terminal, { TERM: 'dumb' }), 1)
  t.is(colorDepth(terminal, {}, false), 1)
  t.is(colorDepth({ isTTY: false }, {}), 1)
  t.is(colorDepth({ isTTY: false }, { FORCE_COLOR: '3' }), 24)
  t.is(colorDepth({ isTTY: false }, { FORCE_COLOR: '3', NO_COLOR: '1' }), 1)
})

test('a font is guessed from what names the terminal', (t) => {
  t.is(charsetOf({ LANG: 'de_DE.UTF-8', TERM: 'xterm-256color' }), 'braille')
  t.is(charsetOf({}), 'braille')
  t.is(charsetOf({ LANG: 'de_DE.UTF-8', LC_ALL: 'C' }), 'ascii')
  t.is(charsetOf({ TERM: 'linux' }), 'ascii')
  t.is(charsetOf({}, 'win32'), 'block')
  t.is(charsetOf({ WT_SESSION: 'x' }, 'win32'), 'braille')
})

test('words are wrapped where there is colour, and plain unwraps them', (t) => {
  t.is(styleOf(1).red('x'), 'x')
  t.is(plain(styleOf(24).red('x')), 'x')
  t.is(width(styleOf(4).bold('abc')), 3)
  t.is(pad(styleOf(4).dim('a'), 3), `${styleOf(4).dim('a')}  `)
})
