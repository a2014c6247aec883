// vae-native/research: analyses of data and models.
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { execa } from 'execa'
import { datasets, trainVae } from '../index.js'
import {
  criticalBeta,
  effectiveBeta,
  gradientVariance,
  knownGradientVariance,
  latentStatistics,
  rateDistortion,
  trainClassifier,
} from '../research.js'
import { fewDigits, small } from './fixtures/digits.js'

const { train, test: held } = await fewDigits()
const program = fileURLToPath(new URL('../dist/cli/cli.js', import.meta.url))

test('β collapses where the spectrum of the data says', async (t) => {
  const found = await criticalBeta(train)
  t.is(found.criticalBeta, Number(found.spectrum[0]))
  t.is(found.spectrum.length, 64)
  t.deepEqual(
    found.spectrum,
    found.spectrum.toSorted((a, b) => b - a),
  )
  t.is(found.liveDimensions(found.criticalBeta * 1.01), 0)
  t.is(found.liveDimensions(found.criticalBeta * 0.99), 1)
  // A model on either side of it: the KL is positive, or zero.
  const kl = async (beta: number) => {
    const run = trainVae(train, { ...small, epochs: 120, learningRate: 3e-3, beta, probe: false })
    await run
    return run.history.at(-1)?.train.kl ?? Number.NaN
  }
  const forecast = await trainVae(train, { ...small, epochs: 1 }).started
  t.is(forecast.criticalBetaExamples, train.length)
  t.true(Math.abs((forecast.criticalBeta ?? Number.NaN) / found.criticalBeta - 1) < 1e-3, 'all examples: exact')
  const [below, above] = await Promise.all([kl(found.criticalBeta * 0.6), kl(found.criticalBeta * 1.5)])
  t.true(below > 0.1, `${below}`)
  t.true(above < 0.05, `${above}`)
})

test('a gaussian of half the variance has half the critical β', async (t) => {
  const of = async (variance: number) =>
    (await criticalBeta(train, { likelihood: { type: 'gaussian', variance } })).criticalBeta
  const [one, half, squared] = [await of(1), await of(0.5), await criticalBeta(train, { likelihood: 'squared-error' })]
  t.true(Math.abs(half / one - 2) < 1e-5)
  t.true(Math.abs(squared.criticalBeta / half - 1) < 1e-5)
})

test('a critical β is stopped by its signal, and reports its progress', async (t) => {
  const { train } = await datasets.load('digits')
  const controller = new AbortController()
  const reason = new Error('enough')
  const stopped = criticalBeta(train, { signal: controller.signal })
  controller.abort(reason)
  await t.throwsAsync(stopped, { is: reason })
  let last = { done: 0, total: 0 }
  await criticalBeta(train, { onProgress: (progress) => (last = progress) })
  t.true(last.total > 0 && last.done === last.total)
  const floats = datasets.fromArray(
    [
      [0.2, 3],
      [0.5, 4],
    ],
    { shape: [2] },
  )
  await t.throwsAsync(criticalBeta(floats), { code: 'ERR_VAE_DATA_RANGE' })
})

// Published losses: half a squared error, or a cross entropy, per example against the KL.
test('the effective β of losses as others write them', (t) => {
  const close = (found: number, expected: number) =>
    t.true(Math.abs(found / expected - 1) < 1e-9, `${found}, ${expected}`)
  close(effectiveBeta({ reconstruction: 'half-squared-error' }), 1) // pythae
  close(effectiveBeta({ reconstruction: 'squared-error' }), 0.5) // tfjs-examples
  close(
    effectiveBeta({ reconstruction: 'squared-error', over: 'mean', size: 64 * 64 * 3, klWeight: 0.00025 }), // PyTorch-VAE
    1.536,
  )
  const bolts = { over: 'mean', size: 3072, klWeight: 0.1, klOver: 'mean', latentDim: 256 } as const
  close(effectiveBeta({ reconstruction: 'squared-error', ...bolts }), 0.6)
  close(effectiveBeta({ reconstruction: 'squared-error', weight: 255 }), 1 / 510) // disentangling-vae
  close(effectiveBeta({ reconstruction: 'cross-entropy' }), 1) // pytorch/examples, Keras
  t.throws(() => effectiveBeta({ reconstruction: 'squared-error', over: 'mean' }), {
    message: 'size: expected a finite number, got undefined.',
  })
})

test('the variance of gradients: the known case, and a model', async (t) => {
  const { measured, exact } = knownGradientVariance({ mean: 2, samples: 4 })
  t.deepEqual(exact, {
    reparameterization: { mean: 4, variance: 1 },
    scoreFunction: { mean: 4, variance: 87 / 4 },
  })
  for (const kind of ['reparameterization', 'scoreFunction'] as const) {
    t.true(Math.abs(measured[kind].variance / exact[kind].variance - 1) < 0.1, kind)
  }
  const vae = await trainVae(train, { ...small, epochs: 10 })
  const estimators = [
    { type: 'reparameterization' },
    { type: 'reparameterization', samples: 4 },
    { type: 'score-function', baseline: true },
    { type: 'score-function' },
  ] as const
  const found = await gradientVariance(vae, train.slice(0, 16), { estimators, estimates: 100 })
  const [one, four, helped, plain] = found.map(({ encoder }) => encoder)
  t.true(one !== undefined && four !== undefined && helped !== undefined && plain !== undefined)
  t.true(Number(one) / Number(four) > 2.5 && Number(one) / Number(four) < 6, `${one}, ${four}`)
  t.true(Number(helped) > Number(one) && Number(plain) > Number(helped), `${helped}, ${plain}`)
  t.deepEqual(found[2]?.estimator, { type: 'score-function', samples: 1, baseline: true })

  const point = await trainVae(train, { ...small, epochs: 1, posterior: 'deterministic' })
  await t.throwsAsync(gradientVariance(point, train.slice(0, 4)), {
    message: /^posterior: expected one that is drawn from/,
  })
  await t.throwsAsync(gradientVariance(vae, train, { estimates: 1 }), {
    message: /^estimates: expected a whole number/,
  })
})

test('the codes of a data set: beside the prior, and by their labels', async (t) => {
  const options = { ...small, epochs: 60, learningRate: 3e-3 }
  const vae = await trainVae(train, options)
  const found = await latentStatistics(vae, train)
  t.is(found.mean.length, 2)
  t.is(found.covariance.length, 4)
  t.is(found.covariance[1], Number(found.covariance[2]))
  t.true(Math.abs(found.mmdOfPrior) < 0.01 && found.mmd > 0.01 && found.mmd < 0.4, JSON.stringify(found))
  t.true(Number(found.neighbourAccuracy) > 0.3 && Number(found.silhouette) < 1)

  // An autoencoder's codes may be anywhere.
  const point = await latentStatistics(await trainVae(train, { ...options, posterior: 'deterministic' }), train)
  t.true(point.mmd > found.mmd + 0.05, `${point.mmd}, ${found.mmd}`)

  const unlabelled = await latentStatistics(vae, train.toTensor())
  t.false('neighbourAccuracy' in unlabelled || 'silhouette' in unlabelled)
  await t.throwsAsync(latentStatistics(vae, train.slice(0, 5)), {
    message: 'neighbours: expected fewer than the 5 examples, got 5.',
  })
})

test('the rate falls and the distortion rises with β', async (t) => {
  const reported: number[] = []
  const options = { ...small, epochs: 20, learningRate: 3e-3, betas: [0, 1, 8], seeds: [1, 2] }
  const points = await rateDistortion(train, held, { ...options, onPoint: ({ beta }) => reported.push(beta) })
  t.deepEqual(reported, [0, 0, 1, 1, 8, 8])
  for (const seed of [1, 2]) {
    const [free, one, eight] = points.filter((point) => point.seed === seed)
    if (free === undefined || one === undefined || eight === undefined) return t.fail()
    t.true(free.kl > one.kl && one.kl > eight.kl)
    t.true(one.reconstruction < eight.reconstruction)
    t.true(Math.abs(one.elbo + one.kl + one.reconstruction) < 1e-6)
    t.is(one.klPerDimension.length, 2)
  }
  await t.throwsAsync(rateDistortion(train, held, { betas: [] }), {
    message: 'betas: expected at least one β, got none.',
  })
})

test('a classifier learns the digits, and says how sure it is', async (t) => {
  const { train, test: held } = await datasets.load('digits')
  let last = { done: 0, total: 0 }
  const classifier = await trainClassifier(train, { epochs: 2, onProgress: (progress) => (last = progress) })
  t.deepEqual(last, { done: 158, total: 158 })
  const found = await classifier.classify(held)
  t.true(Number(found.accuracy) > 0.95, `${found.accuracy}`)
  t.is(found.labels.length, held.length)
  t.true(found.confidence.every((p) => p >= 0.1 && p <= 1))
  const mean = found.confidence.reduce((sum, p) => sum + p, 0) / held.length
  t.true(Math.abs(found.meanConfidence - mean) < 1e-5)

  // The same seed gives the same bits; pixels as floats give the same labels.
  const again = await trainClassifier(train, { epochs: 2, threads: 1 })
  t.deepEqual((await again.classify(held)).confidence, found.confidence)
  const floats = await classifier.classify(held.toTensor())
  t.deepEqual(floats.confidence, found.confidence)
  t.false('accuracy' in floats)

  await t.throwsAsync(trainClassifier(datasets.fromArray(new Float32Array(20), { shape: [4] })), {
    code: 'ERR_VAE_OPTION',
    message: /^data: expected examples of at least two labels to distinguish, got examples without/,
  })
  await t.throwsAsync(classifier.classify(datasets.fromArray(new Float32Array(20), { shape: [4] })), {
    code: 'ERR_VAE_SHAPE',
  })
})

test('the command says where β collapses', async (t) => {
  const { stdout } = await execa(process.execPath, [program, 'critical-beta', '--data', 'digits', '--json'])
  const line = JSON.parse(stdout)
  t.like(line, { v: 1, type: 'critical-beta', data: 'digits', likelihood: 'bernoulli' })
  t.is(line.criticalBeta, line.spectrum[0])
  const lines = await execa(process.execPath, [program, 'critical-beta', '--data', 'digits'])
  t.regex(lines.stdout, /^critical β \d+\.\d+: above it a VAE on digits \(10,000 examples\) collapses\n/)
  t.regex(lines.stdout, /\n {2}β \d+ +collapsed$/)
  const refused = await execa(process.execPath, [program, 'critical-beta', '--variance', '2'], { reject: false })
  t.is(refused.exitCode, 2)
  t.is(refused.stderr, '✖ --variance belongs to --likelihood gaussian')
})
