// The explorer's data, and the page's decoder, run in Node.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { rankDimensions } from '../cli/latent/codes.js'
import { quantile, quantiles } from '../cli/latent/distribution.js'
import { priorOf } from '../cli/latent/prior.js'
import { gather, spreadIndices } from '../cli/latent/subset.js'
import { decoderOf, floats, halfFloats } from '../cli/report/client/decode.js'
import { nearest, planeOf, ticksBetween } from '../cli/report/client/plane.js'
import { explorerData } from '../cli/report/explorer.js'
import { base64Floats, base64Halves, toHalf } from '../cli/report/floats.js'
import { decoderLayers } from '../cli/report/weights.js'
import { datasets, type Posterior, type TrainOptions, trainVae, type Vae } from '../index.js'
import { fewDigits, small, temporaryFolder } from './fixtures/digits.js'

const { train, test: held } = await fewDigits()
const folder = await mkdtemp(join(tmpdir(), 'vae-native-explorer-'))
test.after.always(() => rm(folder, { recursive: true, force: true }))
let runs = 0

test('16-bit floats are the nearest there are', (t) => {
  for (const [value, bits] of [
    [0, 0],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65520, 0x7c00],
    [2 ** -24, 1],
    [2 ** -25, 0], // halfway to the smallest: to even
    [2 ** -14, 0x0400],
    [1 + 2 ** -11, 0x3c00], // halfway: to even
    [1 + 3 * 2 ** -11, 0x3c02],
    [1.9999, 0x4000], // a carry into the next power of two
  ] as const)
    t.is(toHalf(value), bits, `${value}`)
  const values = Array.from({ length: 1000 }, (_, i) => Math.sin(i) * 10 ** ((i % 9) - 6))
  for (const [i, value] of halfFloats(base64Halves(values)).entries())
    t.true(Math.abs(value - (values[i] ?? 0)) <= Math.max(2 ** -11 * Math.abs(values[i] ?? 0), 2 ** -25))
  t.deepEqual([...floats(base64Floats([1.5, -3]))], [1.5, -3])
})

/** Trains briefly, so that the biases leave their initial values. */
async function trained(options: TrainOptions, data = train): Promise<{ vae: Vae; modelPath: string }> {
  const out = join(folder, `${runs++}`)
  return { vae: await trainVae(data, { ...small, ...options, out, probe: false }), modelPath: out }
}

test('the page decodes as the library does, whatever the model', async (t) => {
  const models: TrainOptions[] = [
    { activation: 'relu', hiddenDims: [64, 32], epochs: 8 },
    { activation: 'tanh', likelihood: 'squared-error' },
    { activation: 'softplus', likelihood: 'gaussian', latentDim: 3 },
    { activation: 'silu', posterior: 'laplace', prior: { location: 1, scale: 2 } },
    { activation: 'identity', posterior: 'uniform', likelihood: { type: 'gaussian', variance: 'learned' } },
    { hiddenDims: [], posterior: 'deterministic', latentDim: 1 },
  ]
  for (const options of models) {
    const { vae, modelPath } = await trained(options)
    const data = await explorerData({ vae, modelPath, examples: held, name: 'a' })
    t.truthy(data)
    if (data === undefined) return
    const d = options.latentDim ?? 2
    const codes = Array.from({ length: 40 }, (_, i) => Array.from({ length: d }, (_, j) => 3 * Math.sin(7 * i + j)))
    const decode = decoderOf(data.decoder)
    const expected = (await vae.decode(codes)).data
    const found = codes.flatMap((z) => [...decode(z)])
    const worst = found.reduce((max, value, k) => Math.max(max, Math.abs(value - (expected[k] ?? Number.NaN))), 0)
    t.true(worst < 2e-3, `${JSON.stringify(options)}: ${worst}`)
    vae.dispose()
  }
})

test('the page decodes in the units of the data, and knows the values to show', async (t) => {
  const counts = Float32Array.from({ length: 64 * 16 }, (_, i) => 2000 + 2000 * Math.sin(i))
  const columns = Float32Array.from({ length: 64 * 3 }, (_, i) => 10 ** (2 * (i % 3)) * Math.sin(i))
  for (const [values, shape, scale] of [
    [counts, [4, 4], 'none'],
    [counts, [4, 4], 'unit'],
    [counts, [4, 4], 'standardize'],
    [columns, [3], 'standardize'],
  ] as const) {
    const examples = datasets.fromArray(values, { shape, scale })
    const { vae, modelPath } = await trained({ likelihood: 'gaussian', hiddenDims: [8], activation: 'tanh' }, examples)
    const data = await explorerData({ vae, modelPath, examples, name: 'a' })
    t.truthy(data)
    if (data === undefined) return
    const codes = Array.from({ length: 20 }, (_, i) => [Math.sin(7 * i), Math.cos(5 * i)])
    const decode = decoderOf(data.decoder)
    const expected = (await vae.decode(codes)).data
    const [low, high] = vae.range
    for (const [k, value] of codes.flatMap((z) => [...decode(z)]).entries())
      t.true(Math.abs(value - (expected[k] ?? Number.NaN)) < 2e-3 * (high - low), `${scale} ${shape}`)
    t.deepEqual(vae.range, [Math.min(...values), Math.max(...values)])
    // Columns of any size are drawn alike: from three standard deviations below the mean to three above.
    const { scale: fitted } = vae
    const byColumn = (mean: number, j: number) => {
      const reach = fitted.type === 'standardize' ? 3 * (fitted.deviation[j] ?? 0) : 0
      return [mean - reach, mean + reach]
    }
    const isTable = shape.length < 2 && fitted.type === 'standardize'
    t.deepEqual(data.ranges, isTable ? fitted.mean.map(byColumn) : [vae.range])
    vae.dispose()
  }
})

test('colours decode, and their thumbnails are small', async (t) => {
  const pixels = Float32Array.from({ length: 60 * 40 * 48 * 3 }, (_, i) => (Math.sin(i) + 1) / 2)
  const photos = datasets.fromArray(pixels, { shape: [40, 48, 3], labels: Array.from({ length: 60 }, (_, i) => i % 3) })
  const { vae, modelPath } = await trained({ hiddenDims: [16], epochs: 1 }, photos)
  const data = await explorerData({ vae, modelPath, examples: photos, name: 'photos' })
  t.deepEqual(data?.shape, [40, 48, 3])
  t.deepEqual([data?.thumbnails?.width, data?.thumbnails?.height, data?.thumbnails?.columns], [24, 20, 8])
  t.is(data && decoderOf(data.decoder)([0, 0]).length, 40 * 48 * 3)
  vae.dispose()
})

test('the points of an explorer are the means of q(z|x)', async (t) => {
  const { vae, modelPath } = await trained({ latentDim: 4 })
  const { mean } = await vae.encode(held)
  const data = await explorerData({ vae, modelPath, examples: held, name: 'a', axes: [2, 0] })
  t.deepEqual(data?.axes, [2, 0])
  t.deepEqual(data?.rest, [0, 0, 0, 0])
  t.deepEqual(
    [...floats(data?.x ?? '')],
    Array.from({ length: held.length }, (_, i) => mean.data[4 * i + 2]),
  )
  t.deepEqual(data?.labels, [...(held.labels ?? [])])
  // Without axes: the two dimensions with the largest KL.
  const { klPerDimension } = await vae.evaluate(held)
  const own = await explorerData({ vae, modelPath, examples: held, name: 'a' })
  const byKl = [0, 1, 2, 3].sort((a, b) => (klPerDimension[b] ?? 0) - (klPerDimension[a] ?? 0))
  t.deepEqual(own?.axes, byKl.slice(0, 2))
  vae.dispose()
})

test('the decoder is read from a checkpoint as well, and what is no model is refused', async (t) => {
  const { vae, modelPath } = await trained({ hiddenDims: [24, 12] })
  const [model, checkpoint] = await Promise.all([
    decoderLayers(join(modelPath, 'model.safetensors')),
    decoderLayers(join(modelPath, 'checkpoint.safetensors')),
  ])
  t.deepEqual(
    model.map(({ inputs, outputs }) => [inputs, outputs]),
    [
      [2, 12],
      [12, 24],
      [24, 784],
    ],
  )
  t.deepEqual(checkpoint, model)
  await t.throwsAsync(decoderLayers(await temporaryFolder(t)), { message: /expected model\.safetensors or/ })
  vae.dispose()
})

test('quantiles of the prior', (t) => {
  const normal = { family: 'gaussian', location: 0, scale: 1 } as const
  for (const [p, z] of [
    [0.5, 0],
    [0.975, 1.959963985],
    [0.001, -3.090232306],
  ] as const)
    t.true(Math.abs(quantile(normal, p) - z) < 1e-8, `${p}`)
  t.true(Math.abs(quantile({ family: 'laplace', location: 1, scale: 2 }, 0.25) - (1 - 2 * Math.LN2)) < 1e-12)
  t.is(quantile({ family: 'uniform', location: 1, scale: 2 }, 0.25), 0)
  t.deepEqual(quantiles({ family: 'uniform', location: 0, scale: 1 }, 4), [-0.75, -0.25, 0.25, 0.75])
  const model = (posterior: Posterior, prior?: object) =>
    priorOf({ posterior, config: { ...(prior && { prior }) } as TrainOptions })
  t.deepEqual(model('uniform', { low: 0, high: 4 }), { family: 'uniform', location: 2, scale: 2 })
  t.deepEqual(model('uniform'), { family: 'uniform', location: 0, scale: 1 })
  t.deepEqual(model('laplace', { location: 3, scale: 2 }), { family: 'laplace', location: 3, scale: 2 })
  t.deepEqual(model('deterministic'), normal)
})

test('dimensions are ranked by KL, those of an autoencoder by variance', (t) => {
  t.deepEqual(rankDimensions(Float32Array.of(0.1, 3, 1), [9, 1, 2]), [1, 2, 0])
  t.deepEqual(rankDimensions(Float32Array.of(0, 0, 0), [1, 2, 9]), [2, 1, 0])
})

test('a subset is spread over the set, in the units of the data', (t) => {
  t.deepEqual(spreadIndices(10, 4), [0, 4, 5, 9])
  // Labels in rotation, as in the built-in digits.
  t.is(new Set(spreadIndices(10_000, 2000).map((i) => i % 10)).size, 10)
  t.deepEqual(spreadIndices(3, 10), [0, 1, 2])
  const values = [[0], [1], [2], [3]]
  const rows = datasets.fromArray(values, { scale: 'standardize' })
  t.deepEqual(gather(rows, [3, 0]), { data: Float32Array.of(3, 0), shape: [2, 1], range: [0, 3] })
})

test('a plane goes to the screen and back, and keeps to its frame', (t) => {
  const plane = planeOf(
    {
      domain: [
        [-2, 2],
        [-1, 3],
      ],
    },
    400,
  )
  const [px, py] = plane.toPixel(1, 2)
  const [x, y] = plane.toPlane(px, py)
  t.true(Math.abs(x - 1) < 1e-12 && Math.abs(y - 2) < 1e-12)
  t.deepEqual(plane.toPlane(-50, 1000), [-2, -1])
  t.is(nearest(Float32Array.of(0, 0, 10, 10, 20, 20), 12, 11, 5), 1)
  t.is(nearest(Float32Array.of(0, 0), 12, 11, 5), undefined)
  t.deepEqual(ticksBetween([-5.6, 4.9]), [-4, -2, 0, 2, 4])
  t.deepEqual(ticksBetween([0, 0.031]), [0, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03])
})
