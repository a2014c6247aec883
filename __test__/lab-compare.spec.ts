import test from 'ava'
import { deviation } from '../cli/base/statistics.js'
import { styleOf } from '../cli/base/style.js'
import { plain, width } from '../cli/base/text.js'
import { press } from '../cli/lab/actions/press.js'
import { compareBindings } from '../cli/lab/compare/bindings.js'
import { compareOf } from '../cli/lab/compare/compare.js'
import { captionOf, comparisonOf } from '../cli/lab/compare/comparison.js'
import { differences } from '../cli/lab/compare/differences.js'
import { compareRows } from '../cli/lab/compare/rows.js'
import { Lab } from '../cli/lab/state/lab.js'
import type { LabRun } from '../cli/lab/state/lab-run.js'
import type { Evaluation, TrainOptions } from '../index.js'
import { losses } from './fixtures/losses.js'

const none = styleOf(1)

/** Measurements of a run after one epoch: reconstruction and KL in nats. */
type Measured = readonly [reconstruction: number, kl: number, activeUnits?: number]

/** Adds a run to a lab, with these options and these measurements after its epochs. */
function add(lab: Lab, name: string, options: TrainOptions, measured: readonly Measured[] = []): LabRun {
  const run = lab.add({ name, folder: `/runs/${name}` })
  const at = (epoch: number) => ({ step: epoch * 100, epoch, seconds: epoch * 2 })
  const all = {
    latentDim: 2,
    hiddenDims: [400],
    likelihood: 'bernoulli',
    beta: 1,
    seed: 1,
    epochs: 4,
    ...options,
  } as const
  const engine = { device: 'cpu', path: 'fused', threads: 1 } as const
  const start = {
    ...at(0),
    type: 'start',
    options: all,
    engine,
    effectiveBeta: 1,
    ceiling: 206,
    scaling: 'u8 / 255',
  } as const
  lab.onEvent(run, start)
  for (const [i, terms] of measured.entries()) {
    const validation = evaluation(terms, Number(all.beta))
    const event = {
      ...at(i + 1),
      type: 'epoch',
      train: validation,
      validation,
      examplesPerSecond: 1000,
      best: true,
    } as const
    lab.onEvent(run, event)
  }
  return run
}

function evaluation([reconstruction, kl, activeUnits = 2]: Measured, beta: number): Evaluation {
  return {
    ...losses(reconstruction, kl, beta),
    n: 100,
    standardError: 1,
    klPerDimension: new Float32Array(2),
    activeUnits,
    ceiling: 206,
  }
}

/** Lab with three β, one of them with three seeds, and losses typical of MNIST. */
function study(): Lab {
  const lab = new Lab()
  lab.view = 'compare'
  add(lab, 'warm-fox', { beta: 1 }, [
    [150, 6],
    [133, 7],
  ])
  add(lab, 'calm-owl', { beta: 5, seed: 1 }, [[141, 4.4]])
  add(lab, 'cold-lynx', { beta: 50 }, [[205.8, 0, 0]])
  add(lab, 'keen-hare', { beta: 1, seed: 2 }, [[134, 6.6]])
  add(lab, 'glad-newt', { beta: 1, seed: 3 }, [[136, 6.4]])
  return lab
}

function view(lab: Lab, keys = '', size = { columns: 110, rows: 30 }): string {
  for (const key of keys.split(' ').filter(Boolean)) press(lab, key, compareBindings)
  return compareRows(lab, size, none).map(plain).join('\n')
}

/** Names in the table, from the top. */
function order(text: string): string[] {
  return [...text.matchAll(/[║│][ ▸][★●] +(\S+)/g)].map(([, name]) => name ?? '')
}

test('runs are distinguished by the options that differ, and by nothing else', (t) => {
  const lab = new Lab()
  const differenceTexts = (...runs: LabRun[]) => [...differences(runs).values()]
  const first = add(lab, 'a', { beta: 5, latentDim: 10 })
  const second = add(lab, 'b', { beta: 50, latentDim: 10, seed: 2 })
  t.deepEqual(differenceTexts(first, second), ['β 5 · seed 1', 'β 50 · seed 2'])
  t.deepEqual(differenceTexts(first), [''], 'there is nothing to tell one run from')
  const third = add(lab, 'c', { beta: { type: 'target-kl', nats: 10 }, hiddenDims: [512, 256], threads: 2, out: 'c' })
  t.deepEqual(differenceTexts(first, third), ['β 5 · d 10 · hidden 400', 'β target-kl:10 · d 2 · hidden 512-256'])
  const gaussian = add(lab, 'd', { likelihood: { type: 'gaussian', variance: 0.5 }, hiddenDims: [] })
  t.deepEqual(differenceTexts(add(lab, 'e', {}), gaussian), [
    'hidden 400 · bernoulli',
    'hidden linear · gaussian σ² 0.5',
  ])
  const waiting = lab.add({ name: 'f', folder: '/runs/f' })
  t.deepEqual(differenceTexts(first, second, waiting)[2], '', 'it has not begun')
})

test('a β that was changed while it trained counts as another', (t) => {
  const lab = new Lab()
  const run = add(lab, 'fork-2', { beta: 5 })
  const train = evaluation([140, 5], 3)
  lab.onEvent(run, { type: 'step', step: 10, epoch: 1, seconds: 1, train, examplesPerSecond: 1, coalesced: 0 })
  t.deepEqual([...differences([run, add(lab, 'calm-owl', { beta: 5 })]).values()], ['β 5→3', 'β 5'])
})

test('the spread over seeds is that of runs that have all else in common', (t) => {
  // By hand: −ELBO 140, 140.6 and 142.4 have mean 141 and squared deviations 1 + 0.16 + 1.96, over 2.
  t.true(Math.abs(deviation([140, 140.6, 142.4]) - Math.sqrt(3.12 / 2)) < 1e-12)
  t.true(Number.isNaN(deviation([140])))
  const { groups, runs } = comparisonOf(study())
  t.deepEqual(
    runs.map((run) => [groups.get(run)?.number, groups.get(run)?.n]),
    [
      [0, 3],
      [1, 1],
      [2, 1],
      [0, 3],
      [0, 3],
    ],
  )
})

test('a chart names the runs of a group once, in a few words or by the name of the run', (t) => {
  const captions = (lab: Lab) => {
    const comparison = comparisonOf(lab)
    return comparison.runs.map((run) => captionOf(comparison, run))
  }
  t.deepEqual(captions(study()), ['β 1', 'β 5', 'β 50', '', ''])
  const lab = new Lab()
  add(lab, 'warm-fox', { latentDim: 20, hiddenDims: [512, 256], likelihood: 'squared-error' })
  add(lab, 'calm-owl', { beta: 5 })
  t.deepEqual(captions(lab), ['warm-fox', 'calm-owl'])
})

test('the table says what differs, what it came to, and how far from the baseline', (t) => {
  const lab = study()
  const text = view(lab)
  t.regex(text, /compare {2}5 of 5 runs .*bernoulli · validation · baseline warm-fox/)
  t.regex(text, /differs: β, seed/)
  t.regex(text, /run +β +seed +recon +KL +KL share +−ELBO +± seeds +Δ +active/)
  t.regex(text, /★ +warm-fox +1 +1 +133\.0 +7\.00 +5\.0 % +140\.0 +1\.25 ×3 +base +2\/2/)
  t.regex(text, /★ +calm-owl +5 +1 +141\.0 +4\.40 +13 % +145\.4 +\+5\.40 +2\/2/)
  t.regex(text, /★ +cold-lynx +50 +1 +205\.8 +0\.00 +0 % +205\.8 +\+65\.8 +0\/2/)
  // The first marked run is the baseline, and only marked runs are compared.
  for (const run of lab.runs.slice(1, 3)) lab.marked.add(run)
  t.regex(view(lab), /2 of 5 runs .*baseline calm-owl/)
  t.regex(view(lab), /differs: β/)
  t.notRegex(view(lab), /warm-fox|± seeds/)
})

test('the table is sorted by one column after another, and the other way round', (t) => {
  const lab = study()
  const names = ['warm-fox', 'calm-owl', 'cold-lynx', 'keen-hare', 'glad-newt']
  t.deepEqual(order(view(lab)), names)
  t.deepEqual(order(view(lab, 'o')), [...names].sort(), 'by name')
  t.deepEqual(
    order(view(lab, 'o O')),
    ['cold-lynx', 'calm-owl', 'warm-fox', 'keen-hare', 'glad-newt'],
    'by β: 50, 5, 1',
  )
  while (compareOf(lab).sort !== '−ELBO') view(lab, 'o')
  t.regex(view(lab), /sorted by −ELBO/)
  t.deepEqual(order(view(lab)), ['warm-fox', 'keen-hare', 'glad-newt', 'calm-owl', 'cold-lynx'])
  while (compareOf(lab).sort !== undefined) view(lab, 'o')
  t.deepEqual(order(view(lab)), names, 'after the last column comes the order in which they came')
})

test('keys go through the rows as they are sorted, and a run without losses stands last', (t) => {
  const lab = study()
  add(lab, 'new-wren', { beta: 2 })
  while (compareOf(lab).sort !== 'recon') view(lab, 'o')
  t.deepEqual(order(view(lab)).at(-1), 'new-wren')
  t.is(lab.selected?.name, 'warm-fox')
  view(lab, 'j')
  t.is(lab.selected?.name, 'keen-hare', '134.0 after 133.0')
  view(lab, 'up k')
  t.is(lab.selected?.name, 'new-wren', 'around the end')
  t.deepEqual(order(view(lab, 'O')).at(-1), 'new-wren', 'also the other way round')
})

test('curves are those of the loss and over the axis that are chosen', (t) => {
  const lab = study()
  t.regex(view(lab), /−ELBO, overlaid/)
  t.regex(view(lab), / epoch /)
  t.regex(view(lab, 'v a'), /reconstruction, overlaid/)
  t.regex(view(lab), / step /)
  t.regex(view(lab, 'v a'), / seconds /)
  t.regex(view(lab), /KL, overlaid/)
  t.regex(view(lab, 'v'), /KL share, overlaid/)
  t.regex(view(lab, 'v a'), /−ELBO, overlaid/)
  t.is(lab.charts.axis, 'epoch', 'as in the other views')
  lab.charts = { ...lab.charts, log: true, smoothing: 0.9 }
  t.regex(view(lab), /log {2}smooth 0\.9/)
})

test('losses of two likelihoods are not compared without a word', (t) => {
  const lab = study()
  add(lab, 'squared', { likelihood: 'squared-error' }, [[40, 5]])
  t.regex(view(lab), /▲ different likelihoods/)
  t.regex(view(lab), /differs: β, likelihood, seed/)
})

test('before anything is measured the view says so', (t) => {
  const lab = new Lab()
  t.regex(view(lab), /0 of 0 runs/)
  add(lab, 'warm-fox', {})
  t.regex(view(lab), /after the first epoch/)
  t.regex(view(lab, 'o o O j v'), /warm-fox/)
})

test('the view has exactly the requested size', (t) => {
  const lab = study()
  const styles = [none, styleOf(4, 'ascii'), styleOf(8, 'block'), styleOf(24)]
  for (let columns = 0; columns < 130; columns += 7)
    for (const rows of [0, 1, 2, 3, 6, 10, 22, 45])
      for (const style of styles) {
        const drawn = compareRows(lab, { columns, rows }, style)
        t.is(drawn.length, rows)
        for (const row of drawn) t.is(width(row), columns, `${columns} × ${rows}`)
      }
})
