/** The explorer on trained models: keys in, rows out. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { styleOf } from '../cli/base/style.js'
import { plain, width } from '../cli/base/text.js'
import { press } from '../cli/lab/actions/press.js'
import { explorerBindings } from '../cli/lab/latent-view/bindings.js'
import { type Explorer, explorerOf } from '../cli/lab/latent-view/explorer.js'
import { explorerRows } from '../cli/lab/latent-view/rows.js'
import { Lab } from '../cli/lab/state/lab.js'
import type { LabRun } from '../cli/lab/state/lab-run.js'
import { type Dataset, datasets, loadVae, type ProbeEvent, type TrainOptions, trainVae } from '../index.js'

import { random } from './fixtures/random.js'

const plainStyle = styleOf(1)

interface Opened {
  readonly lab: Lab
  readonly run: LabRun
  readonly folder: string
  /** The view as plain text, once all pending work is done. */
  view(keys?: string, size?: { columns: number; rows: number }): Promise<string[]>
}

const folders: string[] = []
test.after.always(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

/** Opens a lab with one run, trained for an epoch on `data` or by default on 2,000 digits. */
async function openExplorer(options: TrainOptions, data?: Dataset): Promise<Opened> {
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
  for await (const event of training) lab.onEvent(run, event)
  lab.view = 'explorer'
  return { lab, run, folder, view: viewOf(lab) }
}

function viewOf(lab: Lab): Opened['view'] {
  return async (keys = '', size = { columns: 100, rows: 28 }) => {
    for (const key of keys.split(' ').filter(Boolean)) press(lab, key, explorerBindings)
    const draw = () => explorerRows(lab, size, plainStyle)
    draw()
    for (let tries = 0; !isSettled(explorerOf(lab)) && tries < 30_000; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      draw()
    }
    return draw().map(plain)
  }
}

/** True once everything shown is decoded, or there is a reason why it cannot be. */
function isSettled({ reason, model, view, caches, layers, path, showsManifold, lab }: Explorer): boolean {
  if (lab.selected === undefined || reason !== undefined) return true
  if (model === undefined || model.probed !== lab.selected.probed) return false
  if (model.vae.trained.epoch !== (lab.selected.history.epochs.at(-1)?.epoch ?? 0)) return false
  const points = caches.path.decoding?.points
  if (caches.image.decoding?.points[0] !== view.atCursor.z) return false
  if (
    layers.has('path') &&
    path &&
    (points?.at(0)?.join() !== path[0].join() || points.at(-1)?.join() !== path[1].join())
  )
    return false
  return !showsManifold || caches.manifold.decoding !== undefined
}

test('the cursor is decoded, and keys move it', async (t) => {
  const { lab, folder, view } = await openExplorer({ latentDim: 2 })
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
  t.deepEqual(explorer.caches.image.decoding?.means, expected)
  vae.dispose()
  await view('z')
  t.regex((await view()).join('\n'), /zoom 2×/)
  await view('0')
  t.deepEqual(explorer.cursor, [0, 0])
})

test('an example of a class can be selected, and its posterior is shown', async (t) => {
  const { lab, run, view } = await openExplorer({ latentDim: 2 })
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
  const { lab, view } = await openExplorer({ latentDim: 2 })
  t.regex((await view('i')).join('\n'), /path: set its ends where the cursor is, with a and b/)
  const explorer = explorerOf(lab)
  explorer.selectNext(0)
  await view('a')
  explorer.selectNext(1)
  const text = (await view('b')).join('\n')
  t.regex(text, /path A → B/)
  t.regex(text, /border \d│\d at 0\.\d\d/)
  const decoding = explorer.caches.path.decoding
  t.is(decoding?.points.length, decoding?.means.shape[0])
  t.deepEqual([decoding?.points[0], decoding?.points.at(-1)], [explorer.a, explorer.b])
  t.false((await view('i')).join('\n').includes('path A → B'))
})

test('the borders of the classes and the decoded map are laid over and taken away', async (t) => {
  const { lab, view } = await openExplorer({ latentDim: 2 })
  const before = await view()
  const bordered = await view('o')
  t.notDeepEqual(bordered, before)
  t.deepEqual((await view('o')).slice(1), before.slice(1))
  const manifold = await view('g')
  t.regex(manifold.join('\n'), /decoded everywhere/)
  const decoding = explorerOf(lab).caches.manifold.decoding
  t.is(decoding?.means.shape[0], 6 * 5, '68 × 25 cells hold 6 × 5 pictures of 10 × 5')
})

test('of many dimensions the most informative are shown, then others, or the principal ones', async (t) => {
  const { lab, run, view } = await openExplorer({
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
  // The section passes through the code of an example, so the cursor is exactly on it.
  explorer.selectNext()
  const z = explorer.view.atCursor.z.map(Math.fround)
  const code = [...explorer.codes.means.data.subarray(0, 20)]
  t.true(z.every((value, j) => Math.abs(value - (code[j] ?? 0)) < 1e-6))
})

test('words are right for every family', async (t) => {
  const words = async (posterior: TrainOptions['posterior'] & string) => {
    const { view } = await openExplorer({ latentDim: 2, posterior })
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
  const { lab, view } = await openExplorer({ latentDim: 3, likelihood: 'gaussian' }, table)
  const rows = (await view('o g i a')).join('\n')
  t.regex(rows, /q\(z\|x\) of 300 examples/)
  t.regex(rows, /x4 ▕.*▏ +−?0\.\d\d/, 'the values of a vector as bars')
  t.regex(rows, /nearest #\d+ /)
  await view('d')
  t.is(lab.dialog, undefined, 'there are no classes to ask for')
  t.is(explorerOf(lab).chosen, 0)
  const { view: line } = await openExplorer({ latentDim: 1 })
  t.regex((await line('k l')).join('\n'), /z₀ {3}z = 0\.\d\d/)
})

test('codes are those of a selected past epoch, and without the data those of the newest probe', async (t) => {
  const { lab, run, view } = await openExplorer({ latentDim: 2 })
  await view()
  const { probe, probed } = { probe: run.history.probe as ProbeEvent, probed: run.probed as Dataset }
  const zeros = { data: new Float32Array(probe.latents.data.length), shape: probe.latents.shape }
  lab.scrubbed = 0
  lab.showProbe(run, { ...probe, epoch: 0, latents: zeros })
  const before = (await view()).join('\n')
  t.regex(before, /codes of epoch 0, decoder of epoch 1/)
  t.regex(before, /q\(z\|x\) of 512 examples/)
  t.true(explorerOf(lab).view.projection.u.every((u) => u === 0))
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
  lab.onEvent(run, { type: 'end', step: 0, epoch: 0, seconds: 0, status: 'stopped', epochs: 0 })
  t.regex((await view('h j a i')).join(' '), /calm-owl ended \(stopped\) before its first checkpoint/)
})

test('a newer model replaces the previous one, also while its latent space is shown', async (t) => {
  const { lab, run, folder, view } = await openExplorer({ latentDim: 2 })
  await view('L K')
  const explorer = explorerOf(lab)
  const [cursor, before] = [explorer.cursor, explorer.caches.image.decoding?.means.data]
  const more = trainVae(run.probed as Dataset, {
    out: folder,
    resume: true,
    epochs: 2,
    latentDim: 2,
    hiddenDims: [64],
    batchSize: 20,
    threads: 1,
  })
  for await (const event of more) lab.onEvent(run, event)
  t.regex((await view()).join('\n'), /epoch 2/)
  t.deepEqual(explorer.cursor, cursor)
  t.notDeepEqual(explorer.caches.image.decoding?.means.data, before)
  await t.notThrowsAsync(async () => explorer.close())
})

test('the view has exactly the requested size', async (t) => {
  const { lab, view } = await openExplorer({ latentDim: 2 })
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
