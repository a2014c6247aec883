import test from 'ava'
import { styleOf } from '../cli/base/style.js'
import { benchLines, epochLine, explainedLine, explainedShare, summary } from '../cli/reporters/summary.js'
import type { Dataset, Engine, EpochEvent, StartEvent } from '../index.js'
import { evaluation, losses } from './fixtures/losses.js'

const start: StartEvent = {
  type: 'start',
  step: 0,
  epoch: 1,
  seconds: 0,
  options: { latentDim: 2, hiddenDims: [512, 256], likelihood: 'bernoulli' },
  effectiveBeta: 1,
  floor: 45.5,
  ceiling: 205.8,
  scaling: 'u8 / 255',
  engine: { device: 'cpu', path: 'fused', isa: 'avx2', threads: 2, sparse: true },
}

const epoch: EpochEvent = {
  type: 'epoch',
  step: 79,
  epoch: 4,
  seconds: 9.4,
  train: losses(140, 6),
  validation: evaluation(losses(135.6, 6.52)),
  examplesPerSecond: 11240,
  best: true,
}

test('the line of an epoch', (t) => {
  t.is(
    epochLine(epoch, 10),
    'epoch  4/10  validation −ELBO 142.1 = reconstruction 135.6 + KL 6.52  active 2  11,240 examples/s',
  )
  const { validation: _, ...bare } = epoch
  t.is(epochLine(bare, 4), 'epoch 4/4  train −ELBO 146.0 = reconstruction 140.0 + KL 6.00  11,240 examples/s')
})

test('the closing summary', (t) => {
  const train = { length: 10_000, shape: [28, 28] } as unknown as Dataset
  const model = 'runs/warm-fox/model.safetensors'
  const end = { type: 'end', status: 'completed', step: 316, epoch: 4, epochs: 4, seconds: 9.4, model } as const
  t.deepEqual(summary({ name: 'digits', train, start, last: epoch, end, out: 'runs/warm-fox' }, styleOf(1)), [
    '✔ digits 10,000 · 784-512-256-2 · 4 epochs in 9.4 s · 11,240 examples/s · cpu fused avx2, 2 threads',
    '  −ELBO 142.1 = reconstruction 135.6 + KL 6.52     active 2 of 2',
    '  explained 44 %  (0 % mean example 205.8 … 100 % floor 45.5)',
    '  saved runs/warm-fox/model.safetensors',
    "  next  vae-native sample runs/warm-fox  ·  loadVae('runs/warm-fox/model.safetensors')",
  ])
  t.is(explainedShare(45.5, start), 1)
  t.is(explainedShare(205.8, start), 0)
})

test('the reference path is named with its reason, once', (t) => {
  const train = { length: 10, shape: [3] } as unknown as Dataset
  const engine = { device: 'cpu', path: 'reference', reason: 'this CPU is old', threads: 1 } as const
  const end = { type: 'end', status: 'completed', step: 1, epoch: 1, epochs: 1, seconds: 1 } as const
  const closing = { name: 'x', train, start: { ...start, engine }, last: undefined, end, out: 'o' }
  t.deepEqual(summary(closing, styleOf(1)), [
    '✔ x 10 · 3-512-256-2 · 1 epoch in 1.0 s · cpu reference, 1 thread',
    '  not on the fused path: this CPU is old',
  ])
})

test('a GPU is named; without one, the reason', (t) => {
  const train = { length: 10, shape: [3] } as unknown as Dataset
  const end = { type: 'end', status: 'completed', step: 1, epoch: 1, epochs: 1, seconds: 1 } as const
  const closing = (engine: Engine) => ({
    name: 'x',
    train,
    start: { ...start, engine },
    last: undefined,
    end,
    out: 'o',
  })
  const gpu = { device: 'cuda', gpu: 'NVIDIA H200', path: 'fused', isa: 'cuda', threads: 2, sparse: false } as const
  t.deepEqual(summary(closing(gpu), styleOf(1)), ['✔ x 10 · 3-512-256-2 · 1 epoch in 1.0 s · cuda fused, NVIDIA H200'])
  const none = { device: 'cpu', path: 'fused', isa: 'avx2', threads: 2, noGpu: 'libcuda.so.1 was not found' } as const
  t.deepEqual(summary(closing(none), styleOf(1)), [
    '✔ x 10 · 3-512-256-2 · 1 epoch in 1.0 s · cpu fused avx2, 2 threads',
    '  not on a GPU: libcuda.so.1 was not found',
  ])
})

test('a measurement in words, by task', (t) => {
  const setting = {
    data: 'digits',
    density: 0.2273,
    device: 'cpu' as const,
    threads: 2,
    imagesPerSecond: 37190.6,
    meanLoss: 197.2,
    peakMemoryMiB: 87.3,
  }
  const fused = { ...setting, path: 'fused', isa: 'avx512', sparsity: 'on' } as const
  const plainPath = { ...setting, path: 'reference', isa: 'candle', sparsity: 'off' } as const
  const pace = {
    millisecondsPerStep: 3.3813,
    medianMillisecondsPerStep: 3.514,
    p5MillisecondsPerStep: 12.84,
    allocationsPerStep: 0,
  }
  const peak = { fmaPeakGflops: 540.2, shareOfPeak: 0.219, p5ShareOfPeak: 0.27 }
  t.deepEqual(benchLines({ task: 'train', ...fused, ...pace, ...peak }), [
    '37,191 images/s · a step 3.381 ms, median 3.514, p5 12.8',
    '  22 % of the FMA peak of 540 GFLOP/s in the median step, 27 % at p5',
    '  digits, 23 % of the values not 0, zeros left out · mean loss 197.20',
    '  cpu fused avx512, 2 threads · 87 MiB at most',
  ])
  t.deepEqual(benchLines({ task: 'train', ...plainPath, ...pace }).slice(1), [
    '  digits, 23 % of the values not 0 · mean loss 197.20',
    '  cpu reference, 2 threads · 87 MiB at most',
  ])
  const call = { examples: 1000, seconds: 0.5 }
  t.is(
    benchLines({ task: 'evaluate', steps: 20, ...plainPath, ...call })[0],
    '37,191 images/s · 1,000 examples 20 times in 0.50 s',
  )
  t.is(
    benchLines({ task: 'likelihood', draws: 5000, ...plainPath, ...call })[0],
    '37,191 images/s · 1,000 examples, K = 5,000, in 0.50 s',
  )
})

test('without a floor there is no share to explain, but a mean example to beat', (t) => {
  const scale = { ceiling: 15 }
  t.is(explainedShare(20, scale), Number.NaN)
  t.is(
    explainedLine(losses(20, 1), scale, (text) => text),
    'mean example 15.0 at its best σ² (learned, so there is no floor)',
  )
})

test('a summary that would not fit is folded between its parts', (t) => {
  const train = { length: 10_000, shape: [28, 28] } as unknown as Dataset
  const model = 'runs/warm-fox/model.safetensors'
  const end = { type: 'end', status: 'completed', step: 316, epoch: 4, epochs: 4, seconds: 9.4, model } as const
  const closing = { name: 'digits', train, start, last: epoch, end, out: 'runs/warm-fox', columns: 60 }
  t.deepEqual(summary(closing, styleOf(1)), [
    '✔ digits 10,000 · 784-512-256-2 · 4 epochs in 9.4 s',
    '  11,240 examples/s · cpu fused avx2, 2 threads',
    '  −ELBO 142.1 = reconstruction 135.6 + KL 6.52',
    '  active 2 of 2',
    '  explained 44 %  (0 % mean example 205.8 … 100 % floor 45.5)',
    '  saved runs/warm-fox/model.safetensors',
    '  next  vae-native sample runs/warm-fox',
    "        loadVae('runs/warm-fox/model.safetensors')",
  ])
})

test('a weight other than 1 is said beside the loss', (t) => {
  const train = { length: 10, shape: [3] } as unknown as Dataset
  const last = {
    ...epoch,
    validation: undefined,
    train: { ...losses(10, 2), loss: 20, beta: 5 },
  } as unknown as EpochEvent
  const end = { type: 'end', status: 'completed', step: 1, epoch: 1, epochs: 1, seconds: 1 } as const
  const lines = summary({ name: 'x', train, start, last, end, out: 'o' }, styleOf(1))
  t.is(lines[1], '  −ELBO 12.0 = reconstruction 10.0 + KL 2.00 on the training data     loss 20.0 at β 5')
  t.is(lines.length, 3)
})
