// Figures: they draw exactly their data, and every file is a complete document.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Resvg } from '@resvg/resvg-js'
import test from 'ava'
import { colourOf, palette } from '../cli/base/palette.js'
import { curves } from '../cli/charts/svg/curves.js'
import { density, relativeDensity } from '../cli/charts/svg/density.js'
import { dots } from '../cli/charts/svg/dots.js'
import { writeFigures } from '../cli/charts/svg/figure.js'
import { sheet } from '../cli/charts/svg/images.js'
import { panels } from '../cli/charts/svg/panels.js'
import { parallel } from '../cli/charts/svg/parallel.js'
import { scatter } from '../cli/charts/svg/scatter.js'
import { sizeOf } from '../cli/charts/svg/svg.js'

/** resvg parses XML strictly: it throws at a wrong entity, quote or end tag. */
function isDocument(svg: string): boolean {
  return new Resvg(svg).width > 0 && svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ')
}

/** Values of attributes `names` of the first element that matches `what`: a name, perhaps with an attribute. */
function numbers(svg: string, what: string, ...names: readonly string[]): number[] {
  const [name, attribute = ''] = what.split(' ')
  const tag = (svg.match(new RegExp(`<${name} [^>]*>`, 'g')) ?? []).find((tag) => tag.includes(attribute)) ?? ''
  return names.map((attribute) => Number(new RegExp(` ${attribute}="([^"]*)"`).exec(tag)?.[1]))
}

function inMiddle(px: number, py: number, [x = 0, y = 0, width = 0, height = 0]: readonly number[]): boolean {
  return Math.abs(px - x - width / 2) < 0.6 && Math.abs(py - y - height / 2) < 0.6
}

const grey = { data: Float32Array.from({ length: 6 * 4 * 3 }, (_, i) => (i % 12) / 11), shape: [6, 4, 3] }

test('a scatter draws every point once, a path for each label', (t) => {
  const n = 10_000
  const x = Float32Array.from({ length: n }, (_, i) => Math.sin(i) * 3)
  const y = Float32Array.from({ length: n }, (_, i) => Math.cos(i * 1.7) * 3)
  const svg = scatter({ x, y, labels: Int32Array.from(x, (_, i) => i % 10) })
  t.true(isDocument(svg))
  t.is(svg.match(/M[\d.]+ [\d.]+h0/g)?.length, n)
  t.is(svg.match(/<path [^>]*stroke="#/g)?.length, 10)
  for (const colour of palette) t.true(svg.includes(`stroke="${colour}"`))
  t.is(svg.match(/<circle /g)?.length, 10) // the legend
  t.true(svg.length < 160_000, `${svg.length}`)
})

test('a scatter keeps to its domain', (t) => {
  const inside = scatter({ x: [-1, 0, 1, 5], y: [-1, 0, 1, 5], domain: [-2, 2], legend: false })
  t.is(inside.match(/h0/g)?.length, 3)
  // The centre of the domain is the centre of the frame.
  const frame = numbers(inside, 'rect aria-label="frame"', 'x', 'y', 'width', 'height')
  const [, px, py] = /h0M([\d.]+) ([\d.]+)h0/.exec(inside) ?? []
  t.true(inMiddle(Number(px), Number(py), frame))
})

test('names of labels and titles are text, whatever stands in them', (t) => {
  const svg = scatter({
    x: [0, 1],
    y: [0, 1],
    labels: [0, 1],
    labelNames: ['<a>', 'b & "c"'],
    title: 'x < y & "z"\u0000',
  })
  t.true(isDocument(svg))
  t.true(
    svg.includes('&lt;a&gt;') && svg.includes('b &amp; &quot;c&quot;') && svg.includes('x &lt; y &amp; &quot;z&quot;'),
  )
  t.true(isDocument(sheet(grey, { columns: 3, title: 'a < b & "c"', rowTitles: ['<r>'], captions: ['&', '<', '"'] })))
  t.true(
    isDocument(curves({ series: [{ name: 'a & <b>', points: [[1, 1]] }], xLabel: '"<&', yLabel: '&', title: '<' })),
  )
})

test('the same figure is the same text, whatever was drawn before', (t) => {
  const draw = () => scatter({ x: [0, 1, 2], y: [0, 1, 4], title: 'twice' })
  t.is(draw(), draw())
})

test('curves have their points, references and bands', (t) => {
  const points = (slope: number) => [1, 2, 3].map((x) => [x, slope * x] as const)
  const svg = curves({
    series: [
      { name: 'train', points: points(10), band: [1, 2, 3].map((x) => [x, 9 * x, 11 * x] as const) },
      { name: 'validation', points: points(12), dashed: true, colour: 0 },
    ],
    references: [{ y: 50, name: 'floor 50' }],
    xLabel: 'epoch',
    yLabel: 'nats',
  })
  t.true(isDocument(svg))
  t.is(svg.match(/<circle /g)?.length, 6)
  t.is(svg.match(/aria-label="area"/g)?.length, 1)
  t.true(svg.includes('floor 50') && svg.includes('>epoch<') && svg.includes('>validation<'))
  // Epochs are whole: no tick between them.
  const ticks = /aria-label="x-axis tick label">(.*?)<\/g>/.exec(svg)?.[1]?.match(/>([^<]+)<\/text>/g)
  t.deepEqual(ticks, ['>1</text>', '>2</text>', '>3</text>'])
})

test('what a logarithm has no place for is left out', (t) => {
  const svg = curves({
    series: [
      {
        name: 'β',
        points: [
          [0, 1],
          [0.1, 2],
          [1, Number.NaN],
          [10, 4],
        ],
      },
    ],
    ...{ xType: 'log', xLabel: 'β', yLabel: 'KL' },
  })
  t.true(isDocument(svg))
  t.is(svg.match(/<circle /g)?.length, 2)
  t.true(svg.includes('>0.1<') && svg.includes('>10<'))
  t.false(svg.includes('NaN'))
})

test('dots: one for each value that the axis has a place for, and a name for each row', (t) => {
  const rows = [
    { name: 'a < b', values: [1, 10, 100] },
    { name: 'c', values: [0, Number.NaN, 5] },
  ]
  const count = (svg: string) => (svg.match(/<circle /g) ?? []).length
  t.is(count(dots({ rows, xLabel: 'variance' })), 5)
  const log = dots({ rows, xLabel: 'variance', xType: 'log', title: 'T' })
  t.is(count(log), 4)
  t.true(isDocument(log))
  t.true(log.includes('a &lt; b') && log.includes('variance'))
})

test('a sheet holds its pixels as one PNG, with captions one a row', (t) => {
  const plain = sheet(grey, { columns: 3, scale: 2 })
  t.true(isDocument(plain))
  const pngs = (svg: string) =>
    [...svg.matchAll(/href="data:image\/png;base64,([^"]+)"/g)].map(([, data]) => Buffer.from(data ?? '', 'base64'))
  const [png] = pngs(plain)
  t.is(pngs(plain).length, 1)
  // 3 pictures of 3×4 beside each other with a pixel between: 11 × 9.
  t.deepEqual([png?.readUInt32BE(16), png?.readUInt32BE(20)], [11, 9])
  t.deepEqual(sizeOf(plain), { width: 24 + 22, height: 24 + 18 })
  t.is(pngs(sheet(grey, { columns: 3, captions: ['a', 'b', 'c', 'd', 'e', 'f'] })).length, 2)
  t.true(
    isDocument(sheet({ data: new Float32Array(5 * 2 * 2 * 3), shape: [5, 2, 2, 3] }, { columns: 2, border: true })),
  )
})

test('a density is that of its family', (t) => {
  t.is(relativeDensity('gaussian', 0), 1)
  t.true(Math.abs(relativeDensity('gaussian', 1) - Math.exp(-0.5)) < 1e-12)
  t.true(Math.abs(relativeDensity('laplace', 1) - Math.exp(-Math.SQRT2)) < 1e-12)
  t.deepEqual(
    [1.7, 1.8].map((u) => relativeDensity('uniform', u)),
    [1, 0],
  )
  const svg = density({ mean: [1, -1], standardDeviation: [0.1, 0.2], family: 'gaussian', draw: [1, -1] })
  t.true(isDocument(svg))
  // The draw is at the mean, and so in the centre of raster and frame.
  const [x = 0, y = 0] = numbers(svg, 'circle', 'cx', 'cy')
  t.true(inMiddle(x, y, numbers(svg, 'image', 'x', 'y', 'width', 'height')))
})

test('panels keep the ids of their figures apart', (t) => {
  const one = curves({
    series: [
      {
        name: 'a',
        points: [
          [0, 0],
          [1, 1],
        ],
      },
    ],
    xLabel: 'x',
    yLabel: 'y',
  })
  const clipped = one.replace(
    '<rect class="ground"',
    '<clipPath id="clip-1"/><rect clip-path="url(#clip-1)" class="ground"',
  )
  const all = panels(
    [
      [clipped, clipped],
      ['', clipped],
    ],
    { columnTitles: ['a', 'b'], rowTitles: ['1', '2'], title: '<' },
  )
  t.true(isDocument(all))
  const ids = [...all.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  t.is(ids.length, 3)
  t.is(new Set(ids).size, 3)
  for (const id of ids) t.is(all.split(`url(#${id})`).length, 2)
  const { width, height } = sizeOf(one)
  t.deepEqual(sizeOf(all), { width: 26 + 2 * width + 8, height: 50 + 2 * height + 8 })
})

test('ten colours, then again from the first', (t) => {
  t.is(new Set(palette).size, 10)
  t.is(colourOf(13), palette[3])
  t.is(colourOf(-1), palette[9])
})

test('every colour stands out on white and on a dark page', (t) => {
  const luminance = (hex: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  for (const colour of palette) {
    t.true(1.05 / (luminance(colour) + 0.05) > 2.25, `${colour} on white`)
    t.true((luminance(colour) + 0.05) / (luminance('#15181d') + 0.05) > 2.95, `${colour} on dark`)
  }
})

test('figures are written as SVG, JSON and, on request, PNG', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'vae-native-figures-'))
  const svg = scatter({ x: [0, 1], y: [0, 1] })
  const figure = {
    id: 'figure-01',
    title: 'One',
    caption: 'Two points.',
    svg,
    data: { x: Float32Array.of(0.5), y: [Number.NaN] },
  }
  await writeFigures(folder, [figure])
  t.deepEqual((await readdir(folder)).sort(), ['figure-01.json', 'figure-01.svg'])
  t.is(await readFile(join(folder, 'figure-01.svg'), 'utf8'), `${svg}\n`)
  const json = JSON.parse(await readFile(join(folder, 'figure-01.json'), 'utf8'))
  t.deepEqual(json, { v: 1, title: 'One', caption: 'Two points.', data: { x: [0.5], y: [null] } })
  const paths = await writeFigures(join(folder, 'png'), [figure], { png: true })
  const png = await readFile(paths.at(-1) ?? '')
  t.is(png.readUInt32BE(16), 2 * sizeOf(svg).width)
  await rm(folder, { recursive: true })
})

test('parallel coordinates: a line across all axes, with a gap where it has no value', (t) => {
  const axis = (name: string, ...shares: number[]) => ({ name, shares, ticks: [{ share: 0, text: `${name} least` }] })
  const look = { colour: '#116f8a', width: 1, opacity: 1 }
  const svg = parallel([axis('a', 0, 1), axis('b', 1, Number.NaN), axis('c', 0.5, 0)], [look, look], 'trials')
  const paths = [...svg.matchAll(/<path d="([^"]*)" fill="none" stroke="#116f8a"/g)].map(([, path]) => path)
  // Axes are 110 apart from x = 70, 260 high, and start at y = 34: share 0 is y = 294, 1 is 34, ½ is 164.
  t.deepEqual(paths, ['M70 294L180 34L290 164', 'M70 34M290 294'])
  for (const name of ['a', 'b', 'c']) t.regex(svg, new RegExp(`>${name} least<`))
})
