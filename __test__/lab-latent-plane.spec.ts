import test from 'ava'
import { planeOf } from '../cli/charts/text/plane.js'
import { LatestOnly } from '../cli/lab/latent-view/latest-only.js'
import { domainIn, fullWindow, zoomed } from '../cli/lab/latent-view/window.js'
import type { Codes } from '../cli/latent/codes.js'
import { Density } from '../cli/latent/density.js'
import { classGrid, classOf, classShares, nearest } from '../cli/latent/neighbours.js'
import { extent, outline } from '../cli/latent/outline.js'
import { borders, classesOn } from '../cli/latent/path.js'
import { principal } from '../cli/latent/principal.js'
import { alongDimensions, pointOf, project, sliceThrough, zAt } from '../cli/latent/slice.js'
import type { Latents } from '../index.js'

import { random } from './fixtures/random.js'

function latents(rows: readonly (readonly number[])[]): Latents {
  return { data: Float32Array.from(rows.flat()), shape: [rows.length, rows[0]?.length ?? 0] }
}

test('a section is walked in by two coordinates, and what lies off it is measured at a right angle', (t) => {
  // Through (1, 2, 3) along the third and the first dimension: u is z₂, v is z₀, and z₁ stays 2.
  const section = alongDimensions([1, 2, 3], 2, 0)
  t.deepEqual(section.names, ['z₂', 'z₀'])
  t.deepEqual(zAt(section, [7, -5]), [-5, 2, 7])
  t.deepEqual(pointOf(section, [4, 9, 6]), [6, 4])
  const { u, v, off } = project(section, latents([[4, 9, 6]]))
  t.deepEqual([u[0], v[0], off[0]], [6, 4, 49], '9 − 2 = 7 off')
  // Tilted: the distance to a point of the section is the distance in space (Pythagoras).
  const tilted = sliceThrough([1, 2, 3], Float64Array.of(0.6, 0.8, 0), Float64Array.of(0, 0, 1), ['', ''])
  const one = project(tilted, latents([[4, 9, 6]]))
  const there = zAt(tilted, [1, 1])
  const squares = (4 - (there[0] ?? 0)) ** 2 + (9 - (there[1] ?? 0)) ** 2 + (6 - (there[2] ?? 0)) ** 2
  t.true(Math.abs((1 - (one.u[0] ?? 0)) ** 2 + (1 - (one.v[0] ?? 0)) ** 2 + (one.off[0] ?? 0) - squares) < 1e-9)
})

test('the principal directions are those in which codes vary most', (t) => {
  // Standard deviations 3 along (1, 2, 0)/√5, 1 along (0, 0, 1) and 0.1 along (2, −1, 0)/√5, with independent signs.
  const rows = [-1, 1].flatMap((a) =>
    [-1, 1].flatMap((b) => [-1, 1].map((c) => [(3 * a + 0.2 * c) / 5 ** 0.5, (6 * a - 0.1 * c) / 5 ** 0.5, b])),
  )
  const { directions, share } = principal(latents(rows))
  const [first, second] = directions.map((e) => Array.from(e, (value) => Number(value.toFixed(4)) + 0))
  t.deepEqual(first, [0.4472, 0.8944, 0])
  t.deepEqual(second, [0, 0, 1])
  t.true(Math.abs(share - 10 / 10.01) < 1e-6, 'variances 9 and 1 of 9 + 1 + 0.01')
  t.deepEqual(
    principal(
      latents([
        [1, 1],
        [1, 1],
      ]),
    ).share,
    0,
    'codes that are all the same vary nowhere',
  )
})

test('the class of a place is that of most of the nearest codes, wherever they lie', (t) => {
  const next = random(1)
  // Two classes of 40, one at u = −2 and one at u = 2; their border is halfway.
  const codes = latents(Array.from({ length: 80 }, (_, i) => [(i < 40 ? -2 : 2) + next() - 0.5, next() - 0.5, 0]))
  const labels = Array.from({ length: 80 }, (_, i) => (i < 40 ? 4 : 9))
  const projection = project(alongDimensions([0, 0, 0], 0, 1), codes)
  const indices = nearest(projection, [1.9, 0])
  t.is(classOf(labels, indices), 9)
  t.deepEqual(classShares(labels, [0, 1, 2, 41]), [
    { label: 4, share: 0.75 },
    { label: 9, share: 0.25 },
  ])
  t.is(classOf(labels, []), -1)
  const plane = planeOf({ x: [-3, 3], y: [-1, 1] }, { columns: 12, rows: 2 })
  const { classes, columns, rows } = classGrid(projection, labels, plane)
  t.deepEqual([columns, rows], [12, 2])
  t.deepEqual([...(classes as Int32Array)].slice(0, 12), [4, 4, 4, 4, 4, 4, 9, 9, 9, 9, 9, 9])
})

test('a hole is where the prior draws and next to no code is', (t) => {
  const next = random(2)
  // A ring of radius 1.5: its centre is empty, and N(0, I) is densest there.
  const angles = Array.from({ length: 400 }, () => 2 * Math.PI * next())
  const means = latents(angles.map((angle) => [1.5 * Math.cos(angle), 1.5 * Math.sin(angle)]))
  const flat = (value: number) => ({ data: new Float32Array(800).fill(value), shape: [400, 2] }) as Latents
  const codes: Codes = {
    means,
    encoding: { posterior: 'gaussian', mean: means, logVar: flat(2 * Math.log(0.1)) },
    epoch: 1,
  }
  const prior = { family: 'gaussian', location: 0, scale: 1 } as const
  const density = new Density(codes, prior)
  const where = (...z: number[]) => density.classify(z, density.percentile(z))
  t.is(where(0, 0), 'hole')
  t.is(where(1.5, 0), 'among')
  t.is(where(6, 6), 'outside')
  t.true(density.percentile([1.5, 0]) > 0.1)
  t.is(density.percentile([0, 0]), 0)
  // ln N(0; 0, I) in two dimensions is −ln 2π.
  t.true(Math.abs((density.logPrior([0, 0]) ?? 0) + Math.log(2 * Math.PI)) < 1e-12)
  // An autoencoder has no prior: its empty regions are merely far from all codes.
  const { encoding: _, ...known } = codes
  const autoencoder = new Density(known)
  t.is(autoencoder.classify([0, 0], autoencoder.percentile([0, 0])), 'outside')
  t.is(autoencoder.logPrior([0, 0]), undefined)
  // Wide posteriors fill the ring: q is the density of draws, not of the means.
  const wide: Codes = { means, encoding: { posterior: 'gaussian', mean: means, logVar: flat(0) }, epoch: 1 }
  const filled = new Density(wide, prior)
  t.is(filled.classify([0, 0], filled.percentile([0, 0])), 'among')
  t.true(
    Number.isNaN(
      new Density({ means: { data: new Float32Array(), shape: [0, 2] }, epoch: 0 }, prior).percentile([0, 0]),
    ),
  )
})

test('q is the mean of every family’s own density', (t) => {
  const means = latents([[0], [2]])
  const one = (value: number) => ({ data: Float32Array.of(value, value), shape: [2, 1] }) as Latents
  const laplace = new Density({ means, encoding: { posterior: 'laplace', mean: means, logScale: one(0) }, epoch: 1 })
  // ½ (½ e⁻¹ + ½ e⁻¹) at 1, halfway between two of scale 1.
  t.true(Math.abs(laplace.logDensity([1]) - Math.log(0.5 * Math.exp(-1))) < 1e-9)
  const ends = { low: latents([[-1], [1]]), high: latents([[1], [3]]) }
  const uniform = new Density({ means, encoding: { posterior: 'uniform', mean: means, ...ends }, epoch: 1 })
  t.true(Math.abs(uniform.logDensity([0.5]) - Math.log(0.25)) < 1e-9, 'half of a density of ½')
  t.is(uniform.logDensity([3.5]), Number.NEGATIVE_INFINITY)
})

test('a posterior is drawn as wide as it is in the section', (t) => {
  const of = [2, 1].map((scale) => ({ family: 'gaussian', location: 1, scale }) as const)
  const straight = outline(of, alongDimensions([1, 1], 0, 1))
  const reach = (axis: 0 | 1) => [Math.min(...straight.map((p) => p[axis])), Math.max(...straight.map((p) => p[axis]))]
  t.deepEqual(
    reach(0).map((value) => Number(value.toFixed(3))),
    [-1, 3],
    'μ ± σ = 1 ± 2',
  )
  t.deepEqual(
    reach(1).map((value) => Number(value.toFixed(2))),
    [0, 2],
  )
  // Along the diagonal, the variance is the mean of 4 and 1.
  const half = Math.SQRT1_2
  const tilted = sliceThrough([1, 1], Float64Array.of(half, half), Float64Array.of(-half, half), ['', ''])
  const { across, up, covariance } = extent(of, tilted)
  t.deepEqual(
    [across ** 2, up ** 2, covariance].map((value) => Number(value.toFixed(6))),
    [2.5, 2.5, -1.5],
  )
  const box = outline(
    [
      { family: 'uniform', location: 0, scale: 1 },
      { family: 'uniform', location: 0, scale: 2 },
    ],
    alongDimensions([0, 0], 0, 1),
  )
  t.deepEqual(
    box.map(([u, v]) => [Math.round(u), Math.round(v)]),
    [
      [-1, -2],
      [1, -2],
      [1, 2],
      [-1, 2],
      [-1, -2],
    ],
  )
})

test('borders on a path are where a class begins to hold', (t) => {
  const found = borders((at) => (at < 0.42 ? 9 : at < 0.71 ? 7 : 1))
  t.deepEqual(
    found.map(({ from, to, at }) => [from, to, Number(at.toFixed(2))]),
    [
      [9, 7, 0.42],
      [7, 1, 0.71],
    ],
  )
  const flickering = borders((at) => (at > 0.29 && at < 0.305 ? 4 : at < 0.5 ? 9 : -1))
  t.deepEqual(flickering, [], 'three parts of 200 are no place, and no class is none')
  // Twenty codes of class 3 near z = (0, 5) and twenty of class 8 near (4, 5): on the line from (−1, 1) to (5, 1) the
  // border is halfway, regardless of the distance of the codes.
  const rows = Array.from({ length: 40 }, (_, i) => [i < 20 ? 0 : 4, 5 + (i % 20) / 100])
  const labels = Int32Array.from(rows, ([z]) => (z === 0 ? 3 : 8))
  const classAt = classesOn({ means: latents(rows), labels, epoch: 1 }, [-1, 1], [5, 1])
  t.deepEqual([0, 0.45, 0.55, 1].map(classAt), [3, 3, 8, 8])
  t.is(borders(classAt)[0]?.at.toFixed(2), '0.50')
  t.is(classesOn({ means: latents(rows), epoch: 1 }, [0, 1], [1, 1])(0.5), -1, 'without labels there are no classes')
})

test('zooming leaves the cursor where it is on the screen', (t) => {
  const home = { x: [-4, 4], y: [-2, 2] } as const
  const share = (value: number, [low, high]: readonly [number, number]) => (value - low) / (high - low)
  const near = domainIn(home, zoomed(fullWindow(home), 4, [2, 1]))
  t.is(near.x[1] - near.x[0], 2)
  t.is(share(2, near.x), share(2, home.x))
  t.is(share(1, near.y), share(1, home.y))
  t.is(zoomed(fullWindow(home), 1e9, [0, 0]).zoom, 64)
})

test('of work requested meanwhile only the newest is done', async (t) => {
  const newest = new LatestOnly()
  const done: number[] = []
  const gates: (() => void)[] = []
  const work = (i: number) => () =>
    new Promise<void>((resolve) => {
      gates.push(() => {
        done.push(i)
        resolve()
      })
    })
  for (const i of [1, 2, 3]) newest.submit(work(i))
  t.is(gates.length, 1, 'one is in flight')
  gates[0]?.()
  await new Promise(setImmediate)
  t.is(gates.length, 2)
  gates[1]?.()
  await new Promise(setImmediate)
  t.deepEqual(done, [1, 3])
})
