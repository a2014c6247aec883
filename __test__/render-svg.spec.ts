// Rows of text as pictures: every cell has its position and colour, regardless of the installed fonts.
import { Resvg } from '@resvg/resvg-js'
import test from 'ava'
import { styleOf } from '../cli/base/style.js'
import { applyInk } from '../cli/base/text.js'
import { toAnimatedSvg, toSvg } from '../cli/charts/screenshot/document.js'

/** Size of a cell, and of the margin around all cells, in pixels. */
const [cellWidth, cellHeight, margin] = [10, 20, 15] as const
const ground = '#14171c'

/** Reads the colour of the picture at a relative position within a cell. */
function pixels(svg: string): (column: number, row: number, x?: number, y?: number) => string {
  const { width, pixels } = new Resvg(svg, { font: { loadSystemFonts: false } }).render()
  return (column, row, x = 0.5, y = 0.5) => {
    const px = Math.floor(margin + (column + x) * cellWidth)
    const py = Math.floor(margin + (row + y) * cellHeight)
    const at = (py * width + px) * 4
    return `#${pixels.subarray(at, at + 3).toString('hex')}`
  }
}

test('a picture is as large as its cells and says what it is', (t) => {
  const svg = toSvg(['abc', 'x̂'], { title: 'a < b & "c"' })
  const { width, height } = new Resvg(svg)
  t.deepEqual([width, height], [3 * cellWidth + 2 * margin, 2 * cellHeight + 2 * margin])
  t.regex(svg, /aria-label="a &lt; b &amp; &quot;c&quot;"/)
  t.true(new Resvg(toSvg([])).width > 0)
})

test('blocks fill their part of the cell, in any depth of colour', (t) => {
  const at = pixels(toSvg([`${applyInk('▀', '38;2;255;0;0;48;2;0;0;255')}${applyInk('█', '38;5;46')}▌▗ ▁`]))
  t.is(at(0, 0, 0.5, 0.25), '#ff0000')
  t.is(at(0, 0, 0.5, 0.75), '#0000ff')
  // Number 46 of the 256 is the cube's full green.
  t.is(at(1, 0), '#00ff00')
  t.not(at(2, 0, 0.25, 0.5), ground)
  t.is(at(2, 0, 0.75, 0.5), ground)
  t.deepEqual([at(3, 0, 0.75, 0.25), at(3, 0, 0.25, 0.75), at(4, 0), at(5, 0, 0.5, 0.8)], Array(4).fill(ground))
  t.not(at(3, 0, 0.75, 0.75), ground)
  t.not(at(5, 0, 0.5, 0.97), ground)
})

test('a dot of braille is at the position of its bit', (t) => {
  const at = pixels(toSvg([applyInk('⠁⢀', '38;2;255;0;0')]))
  t.is(at(0, 0, 0.25, 0.125), '#ff0000')
  t.is(at(1, 0, 0.75, 0.875), '#ff0000')
  t.is(at(0, 0, 0.75, 0.125), ground)
  t.is(at(1, 0, 0.25, 0.875), ground)
})

test('frames meet: a line runs through every cell of the edge', (t) => {
  const at = pixels(toSvg(['╭──┬╮', '│  ││', '╰──┴╯']))
  for (const [column, row] of [
    [1, 0],
    [2, 0],
    [1, 2],
    [2, 2],
  ] as const)
    for (const x of [0.05, 0.5, 0.95]) t.not(at(column, row, x, 0.5), ground)
  for (const y of [0.05, 0.5, 0.95]) t.not(at(0, 1, 0.5, y), ground)
  t.is(at(1, 1), ground)
})

test('inverse, dim and bold', (t) => {
  const svg = toSvg([applyInk('  ', '7') + applyInk('██', '2') + applyInk('b', '1')])
  const at = pixels(svg)
  t.is(at(0, 0), '#d7dce2')
  t.is(pixels(toSvg(['█']))(0, 0), '#d7dce2')
  // Dim is 55 % of the way from the ground to the colour of text: 0x14 + 0.55 · (0xd7 − 0x14) = 0x7f.
  t.regex(at(2, 0), /^#7f/)
  t.regex(svg, /<text [^>]*font-weight="700">b</)
})

test('every letter is at the x of its cell, accents with their letter', (t) => {
  const svg = toSvg(['x̂ = ab'])
  t.regex(svg, /<text x="0 0 8 16 24 32 40" [^>]*>x̂ = ab</)
  // Words far apart are placed independently, and spaces at the ends do not move them.
  t.regex(toSvg(['  a   b ']), /<text x="16" [^>]*>a<.*<text x="48" [^>]*>b</)
  t.regex(toSvg(['<&>']), />&lt;&amp;&gt;</)
})

test('whatever the style, a picture can be read', (t) => {
  const style = styleOf(24)
  const odd = `${style.bold('a')}\u001b[38;5mx\u001b[38;2;1my\u001b[999mz\u001b[2J狐🦊╳☃\u0000`
  t.notThrows(() => new Resvg(toSvg([odd])))
  t.notRegex(toSvg([odd]), /NaN|undefined/)
})

test('an animation shows each screen in its time, and what stays only once', (t) => {
  const svg = toAnimatedSvg([
    { rows: ['same', 'one', 'both'], seconds: 1 },
    { rows: ['same', 'two', 'both'], seconds: 2 },
    { rows: ['same', 'three', 'last'], seconds: 1 },
  ])
  const words = [...svg.matchAll(/<text [^>]*>(\w+)<\/text>/g)].map(([, word]) => word)
  t.deepEqual(words, ['same', 'one', 'two', 'three', 'both', 'last'])
  const rule = (word: string) => new RegExp(`<g class="(\\w+)"><text [^>]*>${word}<`).exec(svg)?.[1] ?? ''
  const keyframes = (word: string) => svg.match(new RegExp(`@keyframes ${rule(word)}{(.*?})}`))?.[1]
  t.is(keyframes('one'), '0%{visibility:visible}25%{visibility:hidden}')
  t.is(keyframes('two'), '0%{visibility:hidden}25%{visibility:visible}75%{visibility:hidden}')
  t.is(keyframes('three'), '0%{visibility:hidden}75%{visibility:visible}')
  t.is(keyframes('both'), '0%{visibility:visible}75%{visibility:hidden}')
  t.is(rule('last'), rule('three'))
  t.regex(svg, /animation:\w+ 4s step-end infinite/)
  t.notRegex(svg, /<script/)
})

test('where nothing moves, the first screen is seen', (t) => {
  const red = applyInk('█', '38;2;255;0;0')
  const green = applyInk('█', '38;2;0;255;0')
  const at = pixels(
    toAnimatedSvg([
      { rows: [red, ' '], seconds: 1 },
      { rows: [' ', green], seconds: 1 },
    ]),
  )
  t.is(at(0, 0), '#ff0000')
  t.is(at(0, 1), ground)
})
