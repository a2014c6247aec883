import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { explorerBindings } from '../cli/lab/explorer/bindings.js'
import type { Codes } from '../cli/lab/explorer/codes.js'
import { Density } from '../cli/lab/explorer/density.js'
import { type Explorer, explorerOf } from '../cli/lab/explorer/explorer.js'
import { classesOver, classOf, classShares, nearest } from '../cli/lab/explorer/neighbours.js'
import { Newest } from '../cli/lab/explorer/newest.js'
import { extent, outline } from '../cli/lab/explorer/outline.js'
import { borders, classesOn } from '../cli/lab/explorer/path.js'
import { principal } from '../cli/lab/explorer/principal.js'
import { explorerRows } from '../cli/lab/explorer/rows.js'
import { alongDimensions, placeOf, projected, sectionThrough, zAt } from '../cli/lab/explorer/section.js'
import { domainIn, whole, zoomed } from '../cli/lab/explorer/window.js'
import { press } from '../cli/lab/keys.js'
import { Lab } from '../cli/lab/lab.js'
import type { LabRun } from '../cli/lab/lab-run.js'
import { planeOf } from '../cli/render/plane.js'
import { styleOf } from '../cli/render/style.js'
import { plain, width } from '../cli/render/text.js'
import {
  type Dataset,
  datasets,
  type Latents,
  loadVae,
  type ProbeEvent,
  type TrainOptions,
  trainVae,
} from '../index.js'

const plainStyle = styleOf(1)

function latents(rows: readonly (readonly number[])[]): Latents {
  return { data: Float32Array.from(rows.flat()), shape: [rows.length, rows[0]?.length ?? 0] }
}

/** Numbers in [0, 1) that are the same every time. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

test('a section is walked in by two coordinates, and what lies off it is measured at a right angle', (t) => {
  // Through (1, 2, 3) along the third and the first dimension: u is z₂, v is z₀, and z₁ stays 2.
  const section = alongDimensions([1, 2, 3], 2, 0)
  t.deepEqual(section.names, ['z₂', 'z₀'])
  t.deepEqual(zAt(section, [7, -5]), [-5, 2, 7])
  t.deepEqual(placeOf(section, [4, 9, 6]), [6, 4])
  const { u, v, off } = projected(section, latents([[4, 9, 6]]))
  t.deepEqual([u[0], v[0], off[0]], [6, 4, 49], '9 − 2 = 7 off')
  // Tilted: the distance to a place of the section is that in space (Pythagoras).
  const tilted = sectionThrough([1, 2, 3], Float64Array.of(0.6, 0.8, 0), Float64Array.of(0, 0, 1), ['', ''])
  const one = projected(tilted, latents([[4, 9, 6]]))
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
  const projection = projected(alongDimensions([0, 0, 0], 0, 1), codes)
  const indices = nearest(projection, [1.9, 0])
  t.is(classOf(labels, indices), 9)
  t.deepEqual(classShares(labels, [0, 1, 2, 41]), [
    { label: 4, share: 0.75 },
    { label: 9, share: 0.25 },
  ])
  t.is(classOf(labels, []), -1)
  const plane = planeOf({ x: [-3, 3], y: [-1, 1] }, { columns: 12, rows: 2 })
  const { classes, columns, rows } = classesOver(projection, labels, plane)
  t.deepEqual([columns, rows], [12, 2])
  t.deepEqual([...(classes as Int32Array)].slice(0, 12), [4, 4, 4, 4, 4, 4, 9, 9, 9, 9, 9, 9])
})

test('a hole is where the prior draws and next to no code is', (t) => {
  const next = random(2)
  // A ring of radius 1.5: its middle is where N(0, I) is densest, and empty.
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
  const where = (...z: number[]) => density.where(z, density.percentile(z))
  t.is(where(0, 0), 'hole')
  t.is(where(1.5, 0), 'among')
  t.is(where(6, 6), 'outside')
  t.true(density.percentile([1.5, 0]) > 0.1)
  t.is(density.percentile([0, 0]), 0)
  // ln N(0; 0, I) in two dimensions is −ln 2π.
  t.true(Math.abs((density.prior([0, 0]) ?? 0) + Math.log(2 * Math.PI)) < 1e-12)
  // An autoencoder's prior draws nothing: its empty places are just far from all codes.
  const { encoding: _, ...known } = codes
  const autoencoder = new Density(known)
  t.is(autoencoder.where([0, 0], autoencoder.percentile([0, 0])), 'outside')
  t.is(autoencoder.prior([0, 0]), undefined)
  // Wide posteriors fill the ring: q is what is drawn from, and not where its means are.
  const wide: Codes = { means, encoding: { posterior: 'gaussian', mean: means, logVar: flat(0) }, epoch: 1 }
  const filled = new Density(wide, prior)
  t.is(filled.where([0, 0], filled.percentile([0, 0])), 'among')
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
  t.true(Math.abs(laplace.codes([1]) - Math.log(0.5 * Math.exp(-1))) < 1e-9)
  const ends = { low: latents([[-1], [1]]), high: latents([[1], [3]]) }
  const uniform = new Density({ means, encoding: { posterior: 'uniform', mean: means, ...ends }, epoch: 1 })
  t.true(Math.abs(uniform.codes([0.5]) - Math.log(0.25)) < 1e-9, 'half of a density of ½')
  t.is(uniform.codes([3.5]), Number.NEGATIVE_INFINITY)
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
  // Seen along the diagonal, the variance is the mean of 4 and 1.
  const half = Math.SQRT1_2
  const tilted = sectionThrough([1, 1], Float64Array.of(half, half), Float64Array.of(-half, half), ['', ''])
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
  const told = borders((at) => (at < 0.42 ? 9 : at < 0.71 ? 7 : 1))
  t.deepEqual(
    told.map(({ from, to, at }) => [from, to, Number(at.toFixed(2))]),
    [
      [9, 7, 0.42],
      [7, 1, 0.71],
    ],
  )
  const flickering = borders((at) => (at > 0.29 && at < 0.305 ? 4 : at < 0.5 ? 9 : -1))
  t.deepEqual(flickering, [], 'three parts of 200 are no place, and no class is none')
  // Twenty codes of class 3 about z = (0, 5) and twenty of class 8 about (4, 5): on the line from (−1, 1) to (5, 1) it is
  // half way, however far off the codes are.
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
  const near = domainIn(home, zoomed(whole(home), 4, [2, 1]))
  t.is(near.x[1] - near.x[0], 2)
  t.is(share(2, near.x), share(2, home.x))
  t.is(share(1, near.y), share(1, home.y))
  t.is(zoomed(whole(home), 1e9, [0, 0]).zoom, 64)
})

test('of work that is asked for meanwhile only the newest is done', async (t) => {
  const newest = new Newest()
  const done: number[] = []
  const gates: (() => void)[] = []
  const work = (i: number) => () =>
    new Promise<void>((resolve) => {
      gates.push(() => {
        done.push(i)
        resolve()
      })
    })
  for (const i of [1, 2, 3]) newest.ask(work(i))
  t.is(gates.length, 1, 'one is in flight')
  gates[0]?.()
  await new Promise(setImmediate)
  t.is(gates.length, 2)
  gates[1]?.()
  await new Promise(setImmediate)
  t.deepEqual(done, [1, 3])
})

interface Opened {
  readonly lab: Lab
  readonly run: LabRun
  readonly folder: string
  /** The view, as plain text, once there is nothing more to wait for. */
  view(keys?: string, size?: { columns: number; rows: number }): Promise<string[]>
}

const folders: string[] = []
test.after.always(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

/** A lab with one run that was trained on so many digits for an epoch. */
async function opened(options: TrainOptions, data?: Dataset): Promise<Opened> {
  const folder = join(await mkdtemp(join(tmpdir(), 'vae-explorer-')), 'warm-fox')
  folders.push(folder)
  const examples = data ?? (await datasets.load('digits')).train.slice(0, 2000)
  const lab = new Lab()
  const run = lab.add({ name: 'warm-fox', folder, probed: examples })
  const training = trainVae(examples, {
    hiddenDims: [64],
    epochs: 1,
    batchSize: 20,
    threads: 1,
    out: folder,
    ...options,
  })
  for await (const event of training) lab.hear(run, event)
  lab.view = 'explorer'
  return { lab, run, folder, view: viewOf(lab) }
}

function viewOf(lab: Lab): Opened['view'] {
  return async (keys = '', size = { columns: 100, rows: 28 }) => {
    for (const key of keys.split(' ').filter(Boolean)) press(lab, key, explorerBindings)
    const draw = () => explorerRows(lab, size, plainStyle)
    draw()
    for (let tries = 0; !answered(explorerOf(lab)) && tries < 2000; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      draw()
    }
    return draw().map(plain)
  }
}

/** Whether the decoder has said all that is shown, or there is a reason why it cannot. */
function answered({ refusal, subject, outlook, decodings, layers, path, covered, lab }: Explorer): boolean {
  if (lab.selected === undefined || refusal !== undefined) return true
  if (subject === undefined || subject.probed !== lab.selected.probed) return false
  if (subject.vae.trained.epoch !== (lab.selected.history.epochs.at(-1)?.epoch ?? 0)) return false
  const points = decodings.path.decoding?.points
  if (decodings.image.decoding?.points[0] !== outlook.here.z) return false
  if (
    layers.has('path') &&
    path &&
    (points?.at(0)?.join() !== path[0].join() || points.at(-1)?.join() !== path[1].join())
  )
    return false
  return !covered || decodings.manifold.decoding !== undefined
}

test('the cursor is decoded, and keys move it', async (t) => {
  const { lab, folder, view } = await opened({ latentDim: 2 })
  const first = (await view()).join('\n')
  t.regex(first, /explorer {2}warm-fox {2}epoch 1 .*z₀ × z₁ {3}z = \(0\.00, 0\.00\) {3}p\(z\) 0\.16 {3}decoded in/)
  t.regex(first, /q\(z\|x\) of 2,000 examples/)
  t.regex(first, /density of q p\d+/)
  const explorer = explorerOf(lab)
  await view('l l l L K k')
  const [u, v] = explorer.cursor
  t.true(u > 0 && v > 0 && Math.abs(u / v - 11 / 9) < 1e-9, '11 cells to the right and 9 as long up')
  const vae = await loadVae(folder)
  const expected = await vae.decode([[u, v]])
  t.deepEqual(explorer.decodings.image.decoding?.means, expected)
  vae.dispose()
  await view('z')
  t.regex((await view()).join('\n'), /zoom 2×/)
  await view('0')
  t.deepEqual(explorer.cursor, [0, 0])
})

test('an example of a class is gone to, and its posterior is told', async (t) => {
  const { lab, run, view } = await opened({ latentDim: 2 })
  await view()
  await view('d')
  t.is(lab.dialog?.kind, 'question')
  const rows = await view('4')
  const explorer = explorerOf(lab)
  const { chosen = -1, codes } = explorer
  t.is(run.probed?.labels?.[chosen], 4)
  t.is(chosen, run.probed?.labels?.indexOf(4) ?? -1, 'the first of its class')
  t.deepEqual(explorer.cursor.map(Math.fround), [...codes.means.data.subarray(2 * chosen, 2 * chosen + 2)])
  t.regex(rows.join('\n'), new RegExp(`#${chosen} \\(4\\) {2}σ 0\\.\\d+ × 0\\.\\d+`))
  await view('d')
  await view('d')
  t.is(explorer.chosen, run.probed?.labels?.indexOf(4, chosen + 1), 'd once more: the next of the same class')
})

test('a path is decoded, with the borders of the classes on it', async (t) => {
  const { lab, view } = await opened({ latentDim: 2 })
  t.regex((await view('i')).join('\n'), /path: set its ends where the cursor is, with a and b/)
  const explorer = explorerOf(lab)
  explorer.next(0)
  await view('a')
  explorer.next(1)
  const text = (await view('b')).join('\n')
  t.regex(text, /path A → B/)
  t.regex(text, /border \d│\d at 0\.\d\d/)
  const decoding = explorer.decodings.path.decoding
  t.is(decoding?.points.length, decoding?.means.shape[0])
  t.deepEqual([decoding?.points[0], decoding?.points.at(-1)], [explorer.a, explorer.b])
  t.false((await view('i')).join('\n').includes('path A → B'))
})

test('the borders of the classes and the decoded map are laid over and taken away', async (t) => {
  const { lab, view } = await opened({ latentDim: 2 })
  const before = await view()
  const bordered = await view('o')
  t.notDeepEqual(bordered, before)
  t.deepEqual((await view('o')).slice(1), before.slice(1))
  const manifold = await view('g')
  t.regex(manifold.join('\n'), /decoded everywhere/)
  const decoding = explorerOf(lab).decodings.manifold.decoding
  t.is(decoding?.means.shape[0], 6 * 5, '68 × 25 cells hold 6 × 5 pictures of 10 × 5')
})

test('of many dimensions those are shown that carry most, then others, or the principal ones', async (t) => {
  const { lab, run, view } = await opened({
    latentDim: 20,
    validation: (await datasets.load('digits')).test.slice(0, 200),
  })
  const first = (await view()).join('\n')
  const explorer = explorerOf(lab)
  const kl = [...(run.history.epochs.at(-1)?.validation?.klPerDimension ?? [])]
  const order = kl.map((_, j) => j).sort((a, b) => (kl[b] ?? 0) - (kl[a] ?? 0))
  t.deepEqual(explorer.axes, [order[0], order[1]])
  t.regex(first, /2 of 20 dimensions/)
  t.regex(first, /ln p\(z\) −18\.4/, '−10 ln 2π at the middle')
  await view('x')
  t.deepEqual(explorer.axes, [order[2], order[1]])
  await view('X y')
  t.deepEqual(explorer.axes, [order[0], order[2]])
  const rows = (await view('P')).join('\n')
  t.is(explorer.axes, 'principal')
  t.regex(rows, /PC₁ × PC₂/)
  t.regex(rows, /% of the variance/)
  // Through the code of an example the section passes, and so the cursor stands on it exactly.
  explorer.next()
  const z = explorer.outlook.here.z.map(Math.fround)
  const code = [...explorer.codes.means.data.subarray(0, 20)]
  t.true(z.every((value, j) => Math.abs(value - (code[j] ?? 0)) < 1e-6))
})

test('words are right for every family', async (t) => {
  const words = async (posterior: TrainOptions['posterior'] & string) => {
    const { view } = await opened({ latentDim: 2, posterior })
    await view()
    await view('d')
    return (await view('3')).join('\n')
  }
  const deterministic = await words('deterministic')
  t.regex(deterministic, /codes of 2,000 examples/)
  t.regex(deterministic, /density of codes/)
  t.regex(deterministic, /#\d+ \(3\) {2}a point/)
  t.notRegex(deterministic, /σ|hole|p\(z\)/)
  t.regex(await words('laplace'), /\(3\) {2}b 0\.\d+ × 0\.\d+/)
  t.regex(await words('uniform'), /\(3\) {2}± \d\.\d+ × \d\.\d+/)
})

test('without labels and without pictures everything else works', async (t) => {
  const next = random(3)
  const table = datasets.fromArray(Float32Array.from({ length: 300 * 5 }, next), { shape: [5] })
  const { lab, view } = await opened({ latentDim: 3, likelihood: 'gaussian' }, table)
  const rows = (await view('o g i a')).join('\n')
  t.regex(rows, /q\(z\|x\) of 300 examples/)
  t.regex(rows, /x4 ▕.*▏ +−?0\.\d\d/, 'the values of a vector as bars')
  t.regex(rows, /nearest #\d+ /)
  await view('d')
  t.is(lab.dialog, undefined, 'there are no classes to ask for')
  t.is(explorerOf(lab).chosen, 0)
  const { view: line } = await opened({ latentDim: 1 })
  t.regex((await line('k l')).join('\n'), /z₀ {3}z = 0\.\d\d/)
})

test('codes are those of the epoch that is looked back to, and of the newest probe where the data are elsewhere', async (t) => {
  const { lab, run, view } = await opened({ latentDim: 2 })
  await view()
  const { probe, probed } = { probe: run.history.probe as ProbeEvent, probed: run.probed as Dataset }
  const zeros = { data: new Float32Array(probe.latents.data.length), shape: probe.latents.shape }
  lab.scrubbed = 0
  lab.look(run, { ...probe, epoch: 0, latents: zeros })
  const before = (await view()).join('\n')
  t.regex(before, /codes of epoch 0, decoder of epoch 1/)
  t.regex(before, /q\(z\|x\) of 512 examples/)
  t.true(explorerOf(lab).outlook.projection.u.every((u) => u === 0))
  lab.scrubbed = undefined
  run.probed = undefined
  t.regex((await view()).join('\n'), /q\(z\|x\) of 512 examples/, 'the newest probe')
  await view('d d')
  t.regex((await view()).join('\n'), /density of codes p\d+(.|\n)*#\d+ \(\d\) {2}mean alone/)
  run.probed = probed
  t.regex((await view()).join('\n'), /q\(z\|x\) of 2,000 examples/, 'as soon as the data are found')
})

test('a run without a model says why', async (t) => {
  const lab = new Lab()
  lab.view = 'explorer'
  const view = viewOf(lab)
  t.regex((await view('l z d P')).join('\n'), /no run is selected/)
  const run = lab.add({ name: 'calm-owl', folder: join(tmpdir(), 'vae-no-such-run') })
  t.regex((await view()).join('\n'), /calm-owl has not begun to train, so there is no model yet/)
  lab.hear(run, { type: 'end', step: 0, epoch: 0, seconds: 0, status: 'stopped', epochs: 0 })
  t.regex((await view('h j a i')).join(' '), /calm-owl ended \(stopped\) before its first checkpoint/)
})

test('a newer model takes the place of the one before, also while somebody stands in it', async (t) => {
  const { lab, run, folder, view } = await opened({ latentDim: 2 })
  await view('L K')
  const explorer = explorerOf(lab)
  const [cursor, before] = [explorer.cursor, explorer.decodings.image.decoding?.means.data]
  const more = trainVae(run.probed as Dataset, {
    out: folder,
    resume: true,
    epochs: 2,
    latentDim: 2,
    hiddenDims: [64],
    batchSize: 20,
    threads: 1,
  })
  for await (const event of more) lab.hear(run, event)
  t.regex((await view()).join('\n'), /epoch 2/)
  t.deepEqual(explorer.cursor, cursor)
  t.notDeepEqual(explorer.decodings.image.decoding?.means.data, before)
  await t.notThrowsAsync(async () => explorer.close())
})

test('the view has exactly the size that it is asked for', async (t) => {
  const { lab, view } = await opened({ latentDim: 2 })
  await view('a i o')
  const styles = [styleOf(1), styleOf(4, 'ascii'), styleOf(8, 'block'), styleOf(24)]
  const fixed = [
    [0, 0],
    [1, 1],
    [2, 3],
    [10, 2],
    [30, 5],
    [80, 1],
    [60, 14],
    [80, 22],
    [200, 58],
  ]
  const next = random(4)
  const others = Array.from({ length: 60 }, () => [Math.floor(next() * 140), Math.floor(next() * 50)])
  for (const [i, [columns = 0, rows = 0]] of [...fixed, ...fixed, ...others].entries()) {
    const drawn = explorerRows(lab, { columns, rows }, styles[i % styles.length] ?? plainStyle)
    t.is(drawn.length, rows)
    for (const row of drawn) t.is(width(row), columns, `${columns} × ${rows}`)
  }
})
