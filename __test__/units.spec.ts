// Data have units of their own: whatever they are, however a model scales them, feeding back gives what it came from.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { styleOf } from '../cli/base/style.js'
import { sheet } from '../cli/charts/svg/images.js'
import { pictures } from '../cli/charts/text/picture.js'
import type { PictureKind } from '../cli/lab/state/lab.js'
import { LabRun } from '../cli/lab/state/lab-run.js'
import { pictureRows } from '../cli/lab/views/pictures.js'
import {
  type Dataset,
  datasets,
  type Evaluation,
  type Preprocessing,
  type ProbeEvent,
  rows,
  type Tensor,
  type TrainOptions,
  toGrid,
  toPng,
  trainVae,
  type Vae,
} from '../index.js'
import { temporaryFolder } from './fixtures/digits.js'

const n = 24
const labels = Array.from({ length: n }, (_, i) => i % 3)
const quick = {
  hiddenDims: [8],
  activation: 'tanh',
  epochs: 1,
  batchSize: 8,
  threads: 1,
  device: 'cpu',
  probe: false,
} as const

/** Numbers in [0, 1] that look random. */
const unit = (i: number) => (Math.sin(12.9898 * i) + 1) / 2

/** An array file of bool, as NumPy writes it: `np.save(path, x)` with `x.dtype == '|b1'`. */
function boolFile(shape: number[], values: number[]): Buffer {
  const header = `{'descr': '|b1', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`.padEnd(117)
  const magic = Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([1, 0, 118, 0])])
  return Buffer.concat([magic, Buffer.from(`${header}\n`), Buffer.from(values)])
}

/** Every kind of data, with this preprocessing. */
const kinds: Record<string, (options: Preprocessing, t: ExecutionContext) => Dataset | Promise<Dataset>> = {
  bytes: (options) =>
    datasets.fromArray(
      Uint8Array.from({ length: n * 16 }, (_, i) => Math.floor(256 * unit(i))),
      { shape: [4, 4], labels, ...options },
    ),
  bits: (options) =>
    datasets.fromArray(
      Uint8Array.from({ length: n * 16 }, (_, i) => Math.round(unit(i))),
      { shape: [4, 4], labels, ...options },
    ),
  async bool(options, t) {
    const path = join(await temporaryFolder(t), 'bool.npy')
    await writeFile(
      path,
      boolFile(
        [n, 16],
        Array.from({ length: n * 16 }, (_, i) => Math.round(unit(i))),
      ),
    )
    return datasets.open(path, options)
  },
  'floats in [0, 1]': (options) =>
    datasets.fromArray(
      Float32Array.from({ length: n * 16 }, (_, i) => unit(i)),
      {
        shape: [4, 4],
        labels,
        ...options,
      },
    ),
  'counts of a sensor': (options) => datasets.fromArray(sensor, { shape: [4, 4], labels, ...options }),
  // Columns that differ by orders of magnitude, one of them constant.
  'rows of a table': (options) =>
    datasets.fromArray(
      Array.from({ length: n }, (_, i) => [40_000 * unit(i), -3 + unit(7 * i), i % 2, 5]),
      { labels, ...options },
    ),
}

/** 0.05 … 4084 in pictures of 4×4, as from a camera. */
const sensor = Float32Array.from({ length: n * 16 }, (_, i) => 0.05 + 4083.95 * unit(i))

const scales = [undefined, 'none', 'unit', 'standardize'] as const
const binarizations = [undefined, 'threshold', 'dynamic'] as const
const likelihoods = ['bernoulli', 'squared-error', 'gaussian'] as const

/** Values as the model should receive them, computed from its scale in 32-bit steps. */
function expectedInputs({ scale, preprocessing }: Vae, { data, shape }: Tensor): Float32Array {
  const size = data.length / (shape[0] ?? 1)
  const f = Math.fround
  const scaled = data.map((x, i) => {
    if (scale.type === 'none') return x * scale.factor
    if (scale.type === 'unit') return f(x - scale.minimum) / f(scale.maximum - scale.minimum)
    return f(x - f(scale.mean[i % size] ?? 0)) / f(scale.deviation[i % size] ?? 1)
  })
  return preprocessing.binarize === 'threshold' ? scaled.map((x) => (x >= 0.5 ? 1 : 0)) : scaled
}

/** Asserts that values are equal up to rounding, relative to the width of the range. */
function near(t: ExecutionContext, actual: Tensor, expected: Tensor, width: number, why: string): void {
  t.deepEqual(actual.shape, expected.shape, why)
  const apart = actual.data.reduce((most, x, i) => Math.max(most, Math.abs(x - (expected.data[i] ?? Number.NaN))), 0)
  t.true(apart <= 1e-5 * width, `${why}: ${apart} apart`)
}

/**
 * Asserts that two evaluations are equal: to the bit, but for the bounds, whose sums over bytes are taken by value and over
 * floats in turn.
 */
function sameLosses(t: ExecutionContext, actual: Evaluation, expected: Evaluation, why: string): void {
  const { ceiling, floor, explained, ...losses } = actual
  const bounds = [ceiling, floor, explained]
  const { ceiling: ofCeiling, floor: ofFloor, explained: ofExplained, ...ofLosses } = expected
  t.deepEqual(losses, ofLosses, why)
  for (const [k, bound] of [ofCeiling, ofFloor, ofExplained].entries()) {
    t.is(typeof bounds[k], typeof bound, why)
    t.true(
      Math.abs((bounds[k] ?? 0) - (bound ?? 0)) <= 1e-10 * Math.abs(bound ?? 0),
      `${why}: ${bounds[k]} is not ${bound}`,
    )
  }
}

/** Values of row `i` of a tensor. */
function row(tensor: Tensor, i: number): Float32Array {
  return [...rows(tensor)][i] ?? new Float32Array()
}

/** Checks everything that goes into a model and comes out of it. */
async function checkFeedback(t: ExecutionContext, data: Dataset, vae: Vae, why: string): Promise<void> {
  const tensor = data.toTensor()
  const received = await vae.inputs(data)
  t.deepEqual(received.data, expectedInputs(vae, tensor), why)
  t.is(received.range, undefined, why)
  t.deepEqual(await vae.inputs(tensor), received, why)
  sameLosses(t, await vae.evaluate(tensor), await vae.evaluate(data), why)
  t.deepEqual(await vae.encode(tensor), await vae.encode(data), why)

  // Views, and rows as plain numbers.
  t.deepEqual((await vae.inputs(data.slice(0, 1))).data, row(received, 0), why)
  t.deepEqual((await vae.inputs(data.slice(0, 1).toTensor())).data, row(received, 0), why)
  t.deepEqual((await vae.inputs([[...row(tensor, 5)]])).data, row(received, 5), why)
  const { validation } = data.split({ validation: 0.25 })
  sameLosses(t, await vae.evaluate(validation.toTensor()), await vae.evaluate(validation), why)
  if (data.labels !== undefined)
    t.deepEqual((await vae.inputs(data.where(2))).data.slice(0, 4), row(received, 2).slice(0, 4), why)

  // What comes out can go in again.
  const { mean } = await vae.encode(data)
  const width = Math.max(...received.data) - Math.min(...received.data) || 1
  const calls = {
    decode: (units: 'data' | 'model') => vae.decode(mean, { units }),
    reconstruct: (units: 'data' | 'model') => vae.reconstruct(data, { units }),
    sample: (units: 'data' | 'model') => vae.sample(4, { units, seed: 3 }),
    interpolate: async (units: 'data' | 'model') => {
      const {
        data: values,
        shape,
        ...rest
      } = await vae.interpolate(data.slice(0, 2), data.slice(2, 4), { units, steps: 3 })
      t.deepEqual(shape.slice(0, 2), [2, 3], why)
      return { ...rest, data: values, shape: [6, ...shape.slice(2)] }
    },
  }
  for (const [name, call] of Object.entries(calls)) {
    const [inUnits, inModel] = await Promise.all([call('data'), call('model')])
    const [low, high] = vae.range
    t.deepEqual(inUnits.range, low === 0 && high === 1 ? undefined : vae.range, `${why}: ${name}`)
    t.is(inModel.range, undefined, `${why}: ${name}`)
    // A threshold leaves nothing to compare: what a model returns is a probability.
    if (vae.preprocessing.binarize !== 'threshold')
      near(t, await vae.inputs(inUnits), inModel, width, `${why}: ${name}`)
  }
  t.deepEqual(
    await vae.decode(mean, { output: 'logits', units: 'data' }),
    await vae.decode(mean, { output: 'logits' }),
    why,
  )
}

/** True if a model of this likelihood can be trained on such inputs: all but the gaussian need them in [0, 1]. */
function isAllowed(kind: string, { scale, binarize }: Preprocessing, likelihood: TrainOptions['likelihood']): boolean {
  if (likelihood === 'gaussian' || binarize === 'threshold' || scale === 'unit') return true
  const isUnit = !['counts of a sensor', 'rows of a table'].includes(kind)
  return isUnit && (scale === undefined || (scale === 'none' && kind !== 'bytes'))
}

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind}: feeding back gives what it came from, whatever the scale`, async (t) => {
    let models = 0
    for (const scale of scales) {
      for (const binarize of binarizations) {
        const options = { ...(scale && { scale }), ...(binarize && { binarize }) }
        const data = await make(options, t)
        for (const likelihood of likelihoods) {
          const why = `${kind}, ${JSON.stringify(options)}, ${likelihood}`
          if (!isAllowed(kind, options, likelihood)) {
            t.throws(() => trainVae(data, { ...quick, likelihood }), { code: 'ERR_VAE_DATA_RANGE' }, why)
            continue
          }
          const vae = await trainVae(data, { ...quick, likelihood })
          await checkFeedback(t, data, vae, why)
          vae.dispose()
          models += 1
        }
      }
    }
    t.true(models >= 10)
  })
}

test('every byte keeps its value: v / 255 · 255 = v', async (t) => {
  const bytes = Uint8Array.from({ length: 256 }, (_, v) => v)
  const data = datasets.fromArray(bytes, { shape: [16], scale: 'none' })
  const vae = await trainVae(data, { ...quick, likelihood: 'gaussian' })
  t.deepEqual(vae.scale, { type: 'none', factor: 255 })
  for (const x of [data, data.toTensor()]) t.deepEqual((await vae.inputs(x)).data, Float32Array.from(bytes))
  const { data: values } = data.toTensor()
  t.deepEqual(
    values.map((x) => x * 255),
    Float32Array.from(bytes),
  )
})

test('a view of floats is scaled by the training data, not by itself', async (t) => {
  const data = datasets.fromArray(sensor, { shape: [4, 4], scale: 'unit' })
  const vae = await trainVae(data, { ...quick, likelihood: 'gaussian' })
  const [low, high] = [Math.min(...sensor), Math.max(...sensor)]
  t.deepEqual(vae.scale, { type: 'unit', minimum: low, maximum: high, clamped: false })
  t.deepEqual(vae.range, [low, high])
  t.deepEqual(data.slice(3, 4).range, [low, high])
  const mean = (values: Float32Array) => values.reduce((sum, x) => sum + x, 0) / values.length
  for (const view of [data.slice(0, 1), sensor.slice(0, 16), [[...sensor.slice(0, 16)]]]) {
    const { data: received } = await vae.inputs(view)
    const expected = (mean(sensor.slice(0, 16)) - low) / (high - low)
    t.true(Math.abs(mean(received) - expected) < 1e-6)
  }
})

test('values beyond the range of the training data count as its ends where the likelihood needs [0, 1]', async (t) => {
  const train = datasets.fromArray(Float32Array.of(10, 20, 30, 50), { shape: [2], scale: 'unit' })
  const beyond = [
    [5, 30],
    [60, 20],
    [70, 0],
  ]
  const vae = await trainVae(train, quick)
  t.deepEqual(vae.scale, { type: 'unit', minimum: 10, maximum: 50, clamped: true })
  t.deepEqual((await vae.inputs(beyond)).data, Float32Array.of(0, 0.5, 1, 0.25, 1, 0))
  t.is((await vae.evaluate(beyond)).clamped, 4)
  t.is((await vae.evaluate(train)).clamped, 0)
  const gaussian = await trainVae(train, { ...quick, likelihood: 'gaussian' })
  t.deepEqual((await gaussian.inputs(beyond)).data, Float32Array.of(-0.125, 0.5, 1.25, 0.25, 1.5, -0.25))
  t.is((await gaussian.evaluate(beyond)).clamped, 0)
})

test('a picture file has the values of its row, and a dark one is not taken for bits', async (t) => {
  const bytes = await kinds.bytes?.({}, t)
  if (bytes === undefined) return t.fail()
  const files = [...rows(bytes.toTensor())].map((data) => ({ encoded: toPng({ data, shape: [4, 4] }) }))
  const data = await datasets.fromImages(files)
  for (const scale of ['unit', 'none'] as const) {
    const train = await datasets.fromImages(files, { scale })
    const vae = await trainVae(train, { ...quick, likelihood: 'gaussian' })
    const received = await vae.inputs(train)
    t.deepEqual((await vae.inputs(files.slice(3, 5))).data.slice(0, 16), row(received, 3))
    const dark = { raw: Uint8Array.from({ length: 16 }, (_, i) => i % 2), width: 4, height: 4, channels: 1 } as const
    const one = scale === 'unit' ? Math.fround(1 / 255) : 1
    t.deepEqual(
      (await vae.inputs(dark)).data,
      Float32Array.from({ length: 16 }, (_, i) => (i % 2) * one),
    )
  }
  t.deepEqual(data.toTensor(), bytes.toTensor())
})

test('the events of a run are in the units of the data', async (t) => {
  const data = datasets.fromArray(sensor, { shape: [4, 4], scale: 'standardize' })
  const run = trainVae(data, { ...quick, likelihood: 'gaussian', probe: { examples: 4 } })
  for await (const { reconstructions, samples } of run.events('probe')) {
    for (const { data: values, range } of [reconstructions, samples]) {
      t.deepEqual(range, data.range)
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length
      t.true(mean > 1000 && mean < 3000, `${mean}`)
    }
  }
  const { data: after } = await (await run).reconstruct(data)
  t.true(after.some((x) => x > 1000))
})

test('a model knows which part of which data it was trained on', async (t) => {
  const data = datasets.fromArray(sensor, { shape: [4, 4], scale: 'unit' })
  const { train } = data.split({ validation: 0.25, seed: 2 })
  const vae = await trainVae(train, quick)
  const { fingerprint } = train
  const part = { type: 'split', validation: 0.25, seed: 2, stratify: false, heldBack: false }
  t.like(vae.data, { fingerprint, n: train.length, preprocessing: data.preprocessing, part, reading: undefined })
  t.regex(vae.data.digest ?? '', /^[0-9a-f]{64}$/)
  t.deepEqual([vae.table, vae.columns, data.table, data.columns], [undefined, undefined, undefined, undefined])
  t.deepEqual((await trainVae(train.slice(1), quick)).data.part, { type: 'program' })
})

test('pictures of any range are brought into [0, 1]', (t) => {
  const floats = { data: Float32Array.of(0, 1000, 4000, 6000), shape: [1, 2, 2], range: [0, 4000] } as const
  t.deepEqual(toGrid(floats), { data: Float32Array.of(0, 0.25, 1, 1), shape: [2, 2, 1] })
  t.deepEqual(toGrid(floats, { range: [1000, 6000] }).data, Float32Array.of(0, 0, 0.6, 1))
  t.deepEqual(toPng(floats), toPng({ data: Float32Array.of(0, 0.25, 1, 1), shape: [1, 2, 2] }))
  t.deepEqual(pictures(floats)[0]?.data, Float32Array.of(0, 0.25, 1, 1.5))
  t.is(
    sheet(floats, { columns: 1 }),
    sheet({ ...floats, data: floats.data.map((x) => x / 4000), range: [0, 1] }, { columns: 1 }),
  )
  // A constant has no width: it is black.
  const constant = datasets.fromArray(new Float32Array(8).fill(5), { shape: [2, 2] }).toTensor()
  t.deepEqual(constant.range, [5, 5])
  t.deepEqual(toGrid(constant, { gap: 0 }).data, new Float32Array(8))
  t.deepEqual(pictures(constant)[0]?.data, new Float32Array(4))
  for (const range of [[1, 0], [0], ['a', 'b'], [Number.NaN, 1]])
    t.throws(() => toGrid(floats, { range: range as never }), { code: 'ERR_VAE_OPTION', message: /^range: expected / })
})

test('the lab shows x and x̂ of a run alike: by the range of the training data, of the probed data, or of the probe', (t) => {
  const shares = Float32Array.from({ length: 32 }, (_, i) => i / 31)
  const counts = shares.map((x) => 4000 * x)
  const tensor = (data: Float32Array) => ({ data, shape: [2, 4, 4] })
  const probe = (examples: Tensor): ProbeEvent => ({
    type: 'probe',
    ...{ step: 0, epoch: 0, seconds: 0 },
    latents: { data: new Float32Array(4), shape: [2, 2] },
    reconstructions: examples,
    samples: examples,
  })
  const size = { columns: 60, rows: 8 }
  const style = styleOf(24)
  const draw = (which: PictureKind, data: Float32Array | undefined, examples: Tensor) => {
    const probed = data && datasets.fromArray(data, { shape: [4, 4] })
    const run = new LabRun({ name: 'a', folder: 'a', ...(probed && { probed }) })
    return pictureRows(which, run, probe(examples), size, style)
  }
  for (const which of ['reconstructions', 'samples'] as const) {
    const expected = draw(which, shares, tensor(shares))
    const ranged = { ...tensor(counts), range: [0, 4000] } as const
    t.deepEqual(draw(which, counts, ranged), expected, 'a run of this process')
    t.deepEqual(draw(which, counts, tensor(counts)), expected, 'a probe file')
    t.deepEqual(draw(which, undefined, tensor(counts)), draw(which, undefined, tensor(shares)), 'without data')
  }
})
