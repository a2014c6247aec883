// The command line written for a run trains with the options of that run.
import test from 'ava'
import { Command } from 'commander'
import { addTrainFlags, readTrainFlags } from '../cli/flags/train.js'
import { trainCommand } from '../cli/runs/command-line.js'
import type { DataRecord, RunRecord } from '../cli/runs/folder.js'
import { defaults, optionTable, type TrainOptions } from '../index.js'
import { random } from './fixtures/random.js'

const preprocessing = { fit: 'contain', binarize: 'none' } as const

function data(source: string, n: number): DataRecord {
  return { source, n, fingerprint: source, preprocessing, reading: {} }
}

/** Options that `train` reads from the command line of a record. */
function again(options: object, train = data('pictures', 80), validation?: DataRecord) {
  const record = { options, data: train, ...(validation && { validation }) } as unknown as RunRecord
  const words = trainCommand(record, 'run').split(' ').slice(2)
  const command = new Command().exitOverride().option('--data <name>').allowExcessArguments(false)
  addTrainFlags(command, defaults)
  command.parse(words, { from: 'user' })
  const read = readTrainFlags(command.opts())
  return { ...read, options: filled(read.options) }
}

/** Options with the defaults of what is left out, as the core fills them in. */
function filled(options: TrainOptions): object {
  const { estimator, adam, ...rest } = options
  const { adam: constants, estimator: plain, prior, ...all } = defaults as Required<typeof defaults>
  const isDeterministic = options.posterior === 'deterministic'
  const kind = estimator?.type === 'score-function' ? { samples: 1, baseline: false } : plain
  return {
    ...all,
    ...(!isDeterministic && { prior: options.posterior === 'uniform' ? { low: -1, high: 1 } : prior }),
    ...rest,
    ...(!isDeterministic && { estimator: { ...kind, ...estimator } }),
    adam: { ...constants, ...adam },
  }
}

const draw = random(5)

/** A number with as many digits as a double has, of any size. */
function number(): number {
  return (draw() + draw() / 2 ** 32) * 10 ** Math.floor(40 * draw() - 20)
}

function whole(): number {
  return 1 + Math.floor(1000 * draw())
}

/** Values of an option as the core writes them: each field is there. */
const values: Readonly<Record<string, () => Partial<Record<keyof TrainOptions, unknown>>[]>> = {
  latentDim: () => [{ latentDim: whole() }],
  hiddenDims: () => [{ hiddenDims: [] }, { hiddenDims: [whole(), whole()] }],
  activation: () => [{ activation: 'silu' }],
  initialization: () => [{ initialization: 'glorot' }],
  posterior: () => [{ posterior: 'laplace' }, { posterior: 'deterministic', prior: undefined, estimator: undefined }],
  prior: () => [
    { prior: { location: -number(), scale: number() } },
    { posterior: 'uniform', prior: { low: -number(), high: number() } },
    { posterior: 'uniform', prior: { low: -1, high: 1 } },
    { posterior: 'uniform', prior: { low: 0.1, high: 0.7 } },
  ],
  likelihood: () => [
    { likelihood: 'squared-error' },
    { likelihood: { type: 'gaussian', variance: number() } },
    { likelihood: { type: 'gaussian', variance: 'learned' } },
  ],
  beta: () => [
    { beta: number() },
    { beta: { type: 'linear', from: number(), to: number(), epochs: number() } },
    { beta: { type: 'cosine', from: number(), to: number(), epochs: number() } },
    { beta: { type: 'cyclical', from: number(), to: number(), cycles: whole(), epochs: number() } },
    { beta: { type: 'capacity', kl: number(), epochs: number(), gamma: number() } },
    { beta: { type: 'target-kl', nats: number(), rate: number() } },
    { beta: { type: 'target-reconstruction', nats: -number(), rate: number() } },
  ],
  estimator: () => [
    { estimator: { type: 'reparameterization', samples: whole(), kl: 'monte-carlo' } },
    { estimator: { type: 'score-function', samples: whole(), baseline: true } },
    { estimator: { type: 'score-function', samples: 1, baseline: false } },
  ],
  epochs: () => [{ epochs: whole() }],
  batchSize: () => [{ batchSize: whole() }],
  learningRate: () => [
    { learningRate: number() },
    { learningRate: { type: 'cosine', from: number(), to: number(), epochs: number() } },
    { learningRate: { type: 'step', from: number(), factor: number(), every: number() } },
  ],
  adam: () => [{ adam: { beta1: draw(), beta2: draw(), epsilon: number(), weightDecay: number() } }],
  earlyStopping: () => [
    { earlyStopping: { patience: whole(), minDelta: number() } },
    { earlyStopping: { patience: whole(), minDelta: 0 } },
  ],
  keep: () => [{ keep: 'best' }],
  seed: () => [{ seed: Number.MAX_SAFE_INTEGER }],
  device: () => [{ device: 'cuda:3' }],
  precision: () => [{ precision: 'tf32' }],
  threads: () => [{ threads: whole() }],
  checkpointEvery: () => [
    { checkpointEvery: { epochs: 1 } },
    { checkpointEvery: { seconds: number() } },
    { checkpointEvery: { epochs: whole(), seconds: number() } },
    { checkpointEvery: { epochs: 1, seconds: 30 } },
  ],
}

/** Given as data or on each call, or without an effect on the result. */
const without = ['architecture', 'validation', 'members', 'out', 'resume', 'fork', 'probe']

test('the command line of a run gives the options of the run, to the bit', (t) => {
  for (const { name } of optionTable) t.true(name in values || without.includes(name), name)
  for (const [name, drawn] of Object.entries(values)) {
    for (let round = 0; round < 20; round++) {
      for (const given of drawn()) {
        const record = Object.entries({ ...defaults, ...given }).filter(([, value]) => value !== undefined)
        const options = Object.fromEntries(record)
        t.deepEqual(again(options).options, options, name)
      }
    }
  }
})

test('the share of a validation set is the shortest that gives it again', (t) => {
  const share = (train: number, held: number) =>
    again(defaults, data('pictures', train), data('pictures', held)).validation as number
  t.is(share(900, 100), 0.1)
  t.is(share(1293, 144), 0.1)
  // 1 of 10 million: six digits of a share cannot tell all counts apart.
  for (const [train, held] of [
    [9_999_999, 1],
    [1, 1],
    [6_543_211, 3_456_789],
  ] as const) {
    t.is(Math.round(share(train, held) * (train + held)), held)
  }
  t.is(again(defaults, data('pictures', 80), data('others', 9)).validation, 'others')
  t.is(again(defaults).validation, 'none')
})
