import test from 'ava'
import { Command } from 'commander'
import { CliError, exitCodeOf, sentence } from '../cli/base/exit.js'
import { flagName, withFlagNames } from '../cli/base/option-names.js'
import { errorData, toJson } from '../cli/base/output.js'
import { betaText } from '../cli/flags/beta.js'
import { addDataFlags, openOptions, parseShape, parseSize, separatorText } from '../cli/flags/data.js'
import { learningRateText } from '../cli/flags/learning-rate.js'
import { addTrainFlags, defaultText, parseEvery, parseNumbers, readTrainFlags, trainFlags } from '../cli/flags/train.js'
import { usageSentence } from '../cli/flags/usage.js'
import { addValidationFlags, readValidationFlags, validationError } from '../cli/flags/validation.js'

const coreDefaults = {
  latentDim: 2,
  hiddenDims: [400],
  activation: 'relu',
  adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  estimator: { type: 'reparameterization', samples: 1 },
  checkpointEvery: null,
}

function parsed(...args: string[]) {
  const command = new Command().exitOverride().configureOutput({ outputError: () => {} })
  addTrainFlags(command, coreDefaults)
  command.parse(args, { from: 'user' })
  return readTrainFlags(command.opts())
}

test('what is not given is not passed', (t) => {
  t.deepEqual(parsed(), { options: {} })
})

test('β is a number or a rule', (t) => {
  const rules = {
    '0.5': 0.5,
    'linear:0:4:10': { type: 'linear', from: 0, to: 4, epochs: 10 },
    'cosine:4:1:2.5': { type: 'cosine', from: 4, to: 1, epochs: 2.5 },
    'cyclical:1:4:20': { type: 'cyclical', to: 1, cycles: 4, epochs: 20 },
    'cyclical:1:4:20:0.5': { type: 'cyclical', to: 1, cycles: 4, epochs: 20, from: 0.5 },
    'capacity:25:10': { type: 'capacity', kl: 25, epochs: 10 },
    'capacity:25:10:1e-7': { type: 'capacity', kl: 25, epochs: 10, gamma: 1e-7 },
    'target-kl:10': { type: 'target-kl', nats: 10 },
    'target-kl:10:0.01': { type: 'target-kl', nats: 10, rate: 0.01 },
    'target-reconstruction:-1.5': { type: 'target-reconstruction', nats: -1.5 },
  } as const
  for (const [text, beta] of Object.entries(rules)) {
    t.deepEqual(parsed('--beta', text), { options: { beta } })
    t.is(betaText(beta), text)
  }
  for (const [text, message] of [
    ['much', /expected a number or one of linear:from:to:epochs, .*, target-kl:nats\[:rate\], .*, got much/],
    ['target-kl', /expected target-kl:nats\[:rate\] with numbers, got target-kl/],
    ['target-kl:1:2:3', /expected target-kl:nats\[:rate\] with numbers, got target-kl:1:2:3/],
    ['target-kl:1:', /with numbers, got target-kl:1:/],
    ['linear:0:4', /expected linear:from:to:epochs with numbers, got linear:0:4/],
    ['linear:0::4', /with numbers, got linear:0::4/],
    ['toString:1', /expected a number or one of/],
  ] as const) {
    t.throws(() => parsed('--beta', text), { message })
  }
})

test('the learning rate is a number or a schedule', (t) => {
  const rates = {
    '0.003': 0.003,
    'linear:0:0.001:2': { type: 'linear', from: 0, to: 0.001, epochs: 2 },
    'cosine:0.001:0:10': { type: 'cosine', from: 0.001, to: 0, epochs: 10 },
    'step:0.01:0.5:5': { type: 'step', from: 0.01, factor: 0.5, every: 5 },
  } as const
  for (const [text, learningRate] of Object.entries(rates)) {
    t.deepEqual(parsed('--learning-rate', text), { options: { learningRate } })
    t.is(learningRateText(learningRate), text)
  }
  t.throws(() => parsed('--learning-rate', 'step:1'), {
    message: /expected step:from:factor:every with numbers, got step:1/,
  })
})

test('priors and estimators', (t) => {
  t.deepEqual(parsed('--prior', '1,2'), { options: { prior: { location: 1, scale: 2 } } })
  t.deepEqual(parsed('--posterior', 'uniform', '--prior', '0,1').options.prior, { low: 0, high: 1 })
  t.throws(() => parsed('--prior', '3'), { message: '--prior: expected two numbers such as 0,1, got 3' })
  for (const kl of ['monte-carlo', 'keras-slip'] as const) {
    t.deepEqual(parsed('--kl', kl).options.estimator, { type: 'reparameterization', kl })
  }
  t.deepEqual(parsed('--estimator', 'score-function', '--baseline', '--samples', '4').options.estimator, {
    type: 'score-function',
    samples: 4,
    baseline: true,
  })
})

test('every flag sets the option that it is named after', (t) => {
  t.deepEqual(
    parsed(
      ...'--latent-dim 20 --hidden-dims 512,256 --activation tanh --initialization glorot --posterior gaussian'.split(
        ' ',
      ),
      ...'--likelihood squared-error --beta 5 --samples 3 --epochs 7 --batch-size 64 --learning-rate 3e-4'.split(' '),
      ...'--adam-beta1 0.8 --adam-beta2 0.99 --adam-epsilon 1e-7 --adam-weight-decay 0.01 --early-stopping-patience 3'.split(
        ' ',
      ),
      ...'--early-stopping-min-delta 0.5 --keep best --seed 4 --device cpu --threads 2 --checkpoint-every 5m'.split(
        ' ',
      ),
    ),
    {
      options: {
        latentDim: 20,
        hiddenDims: [512, 256],
        activation: 'tanh',
        initialization: 'glorot',
        posterior: 'gaussian',
        likelihood: 'squared-error',
        beta: 5,
        estimator: { type: 'reparameterization', samples: 3 },
        epochs: 7,
        batchSize: 64,
        learningRate: 3e-4,
        adam: { beta1: 0.8, beta2: 0.99, epsilon: 1e-7, weightDecay: 0.01 },
        earlyStopping: { patience: 3, minDelta: 0.5 },
        keep: 'best',
        seed: 4,
        device: 'cpu',
        threads: 2,
        checkpointEvery: { seconds: 300 },
      },
    },
  )
})

test('the names of flags are the kebab-case of the options', (t) => {
  for (const { flags, option } of trainFlags) t.is(flags.split(' ')[0], flagName(option))
})

test('older spellings still work', (t) => {
  t.deepEqual(parsed('--latent', '3', '--hidden', '10').options, { latentDim: 3, hiddenDims: [10] })
})

test('a variance makes the gaussian likelihood an object', (t) => {
  t.deepEqual(parsed('--likelihood', 'gaussian', '--variance', 'learned').options, {
    likelihood: { type: 'gaussian', variance: 'learned' },
  })
  t.deepEqual(parsed('--likelihood', 'gaussian', '--variance', '0.5').options, {
    likelihood: { type: 'gaussian', variance: 0.5 },
  })
  t.throws(() => parsed('--variance', '0.5'), { message: /belongs to --likelihood gaussian/ })
})

test('validation is a share, a path or none', (t) => {
  t.deepEqual(parsed('--validation', '0.1'), { options: {}, validation: 0.1 })
  t.deepEqual(parsed('--validation', '1e-7'), { options: {}, validation: 1e-7 })
  t.deepEqual(parsed('--validation', './held-out'), { options: {}, validation: './held-out' })
  t.deepEqual(parsed('--validation', 'none'), { options: {}, validation: 'none' })
})

test('lists, intervals and sizes', (t) => {
  t.deepEqual(parseNumbers('512,256'), [512, 256])
  t.deepEqual(parseNumbers('none'), [])
  t.throws(() => parseNumbers('512,,3'), { message: /expected a number/ })
  t.deepEqual(['30s', '5m', '2h', '1epoch', '3epochs', '2epochs,30s', '1m, 3epochs', '1e-7s'].map(parseEvery), [
    { seconds: 30 },
    { seconds: 300 },
    { seconds: 7200 },
    { epochs: 1 },
    { epochs: 3 },
    { epochs: 2, seconds: 30 },
    { seconds: 60, epochs: 3 },
    { seconds: 1e-7 },
  ])
  for (const text of ['soon', '30s,5m', '2epochs,', '30'])
    t.throws(() => parseEvery(text), { message: /expected a time or epochs/ })
  t.is(parseSize('64'), 64)
  t.deepEqual(parseSize('48x64'), [48, 64])
  t.throws(() => parseSize('big'), { message: /expected pixels/ })
})

/** The options of `datasets.open` that these flags give. */
function opened(...args: string[]) {
  const command = new Command().exitOverride().configureOutput({ outputError: () => {} })
  addDataFlags(command)
  addValidationFlags(command)
  command.parse(args, { from: 'user' })
  return { ...openOptions(command.opts()), ...readValidationFlags(command.opts(), 'other.npz') }
}

test('every flag of data sets the option of reading that it is named after', (t) => {
  t.deepEqual(opened(), { validation: 'other.npz' })
  t.deepEqual(
    opened(
      ...'--size 48x64 --fit fill --channels 3 --scale unit --binarize dynamic --key x --held-out none'.split(' '),
      ...'--columns a,b --label-column c --labels none --header --separator ; --decimal , --comment #'.split(' '),
      ...'--encoding utf-16le --shape 32x32x3 --transpose --limit-bytes 1e6 --on-error skip'.split(' '),
      ...'--validation-key y --validation-labels z --validation-columns d --validation-label-column e'.split(' '),
    ),
    {
      ...{ size: [48, 64], fit: 'fill', channels: 3, scale: 'unit', binarize: 'dynamic', key: 'x', heldOut: 'none' },
      ...{ columns: ['a', 'b'], labelColumn: 'c', labels: 'none', header: true, separator: ';', decimal: ',' },
      ...{ comment: '#', encoding: 'utf-16le', shape: [32, 32, 3], transpose: true, limitBytes: 1e6, onError: 'skip' },
      validation: 'other.npz',
      validationReading: { key: 'y', labels: 'z', columns: ['d'], labelColumn: 'e' },
    },
  )
  t.like(opened('--no-header'), { header: false })
  for (const [text, separator] of [
    ['tab', '\t'],
    ['\\t', '\t'],
    ['space', ' '],
    ['|', '|'],
  ] as const)
    t.like(opened('--separator', text), { separator })
  t.deepEqual(['\t', ' ', ';'].map(separatorText), ['tab', 'space', ';'])
  t.throws(() => parseShape('28by28'), { message: /expected a shape such as 28x28/ })
})

test('an error of the validation file names the flags of the validation file', (t) => {
  const error = Object.assign(
    new Error("columns: /v.csv: expected one of 'a', got 'b'; or set `labelColumn` and `size`."),
    {
      code: 'ERR_VAE_OPTION',
      option: 'columns',
    },
  )
  t.is(
    sentence(validationError(error)),
    "--validation-columns: /v.csv: expected one of 'a', got 'b'; or set --validation-label-column and --size.",
  )
  t.throws(() => readValidationFlags({ validationKey: 'x' }, 0.1), {
    message: '--validation-key says how the file of --validation PATH is read, and none is named',
  })
})

test("the help shows the core's defaults", (t) => {
  const command = new Command('train')
  addTrainFlags(command, coreDefaults)
  const help = command.helpInformation()
  t.regex(help, /--latent-dim <n>\s+dimensions of z \(default: 2\)/)
  t.regex(help, /\(default: 400\)/)
  t.is(defaultText(coreDefaults, 'adam.beta1'), '0.9')
  t.is(defaultText({ hiddenDims: [] }, 'hiddenDims'), 'none')
  t.is(defaultText(coreDefaults, 'checkpointEvery'), undefined)
  t.is(defaultText(coreDefaults, 'nowhere.at.all'), undefined)
})

test("commander's messages become one sentence in our words", (t) => {
  t.is(
    usageSentence("error: unknown option '--latentdim'\n(Did you mean --latent-dim?)"),
    'unknown option --latentdim. Did you mean --latent-dim?',
  )
  t.is(
    usageSentence("error: option '--epochs <n>' argument 'abc' is invalid. expected a number, got abc"),
    '--epochs: expected a number, got abc',
  )
  t.is(
    usageSentence("error: option '--fit <how>' argument 'foo' is invalid. Allowed choices are contain, cover."),
    '--fit: expected one of contain, cover, got foo',
  )
  t.is(usageSentence("error: option '--epochs <n>' argument missing"), '--epochs: expected a value, got none')
  t.is(usageSentence("error: missing required argument 'model'"), 'missing required argument model')
})

test('an error of the library names the flag, not the option', (t) => {
  const error = Object.assign(new Error('latentDim: expected an integer from 1 up, got 0.'), {
    code: 'ERR_VAE_OPTION',
    option: 'latentDim',
  })
  t.is(sentence(error), '--latent-dim: expected an integer from 1 up, got 0.')
  t.is(flagName('adam.beta1'), '--adam-beta1')
  t.is(flagName('estimator.samples'), '--samples')
  t.is(flagName('likelihood.variance'), '--variance')
  t.is(flagName('VAE_NATIVE_ISA'), 'VAE_NATIVE_ISA')
})

test('a sentence of the library is read in flags', (t) => {
  for (const [sentence, flags] of [
    ["remove them, or set `onError: 'skip'`", 'remove them, or set --on-error skip'],
    ['set `size` to bring them to one, as in `size: 64`', 'set --size to bring them to one, as in --size 64'],
    [
      "scale the data (`scale: 'unit'`), or use `likelihood: 'gaussian'`",
      'scale the data (--scale unit), or use --likelihood gaussian',
    ],
    [
      'lower `hiddenDims`, `latentDim`, `batchSize` or `estimator.samples`',
      'lower --hidden-dims, --latent-dim, --batch-size or --samples',
    ],
    [
      "`keep: 'best'` or `earlyStopping` would end with the better one",
      '--keep best or --early-stopping-patience would end with the better one',
    ],
    ['lower `beta` (now 50)', 'lower --beta (now 50)'],
    ['set `header: true` or `header: false`', 'set --header or --no-header'],
    ["set `separator: ';'`, `comment: '#'`", "set --separator ';', --comment '#'"],
    ['did you mean `adam.beta1`?', 'did you mean --adam-beta1?'],
    ['list the values of `vary.learningRate`', 'list the values of --vary learning-rate'],
    [
      'bring them to that shape, for pictures with `size` and `channels`',
      'bring them to that shape, for pictures with --size and --channels',
    ],
    // Names without back-ticks are prose.
    ['the pictures differ in size: 28×28 and 30×28', 'the pictures differ in size: 28×28 and 30×28'],
    ["give it a likelihood: 'gaussian' or another", "give it a likelihood: 'gaussian' or another"],
  ] as const)
    t.is(withFlagNames(sentence), flags)
})

test('every kind of failure has its exit code', (t) => {
  const exitCodeFor = (code: string) => exitCodeOf(Object.assign(new Error('x'), { code }))
  t.deepEqual(
    ['ERR_VAE_OPTION', 'ERR_VAE_DATA_FORMAT', 'ERR_VAE_SHAPE', 'ERR_VAE_CHECKPOINT'].map(exitCodeFor),
    [2, 2, 2, 2],
  )
  t.is(exitCodeFor('ERR_VAE_DEVICE'), 3)
  t.is(exitCodeFor('ERR_VAE_DIVERGED'), 4)
  t.is(exitCodeFor('ERR_VAE_INTERNAL'), 1)
  t.is(exitCodeOf(new Error('x')), 1)
  t.is(exitCodeOf(new CliError('x')), 2)
})

test('a line of JSON starts with its version; arrays are plain, NaN is null, errors are data', (t) => {
  t.is(toJson({ type: 'x', a: Float32Array.of(1, 2), b: Number.NaN }), '{"v":1,"type":"x","a":[1,2],"b":null}')
  const error = Object.assign(new Error('no'), { code: 'ERR_VAE_IO', path: '/x', lastGood: {} })
  t.deepEqual(errorData(error), { message: 'no', code: 'ERR_VAE_IO', path: '/x' })
  t.is(toJson({ error }), '{"v":1,"error":{"message":"no","code":"ERR_VAE_IO","path":"/x"}}')
})
