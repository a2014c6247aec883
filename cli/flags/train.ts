/**
 * Training flags, one row each: `--kebab-case` of the option they set. A flag that is not given is not passed, so the
 * core's default holds; the help shows that default, read from the core.
 */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Every, Likelihood, TrainOptions } from '../../index.js'
import { CliError } from '../base/exit.js'
import { parseBeta } from './beta.js'
import { parseLearningRate } from './learning-rate.js'

type FlagGroup = 'Model' | 'Objective' | 'Training' | 'Engine'

/** One flag: its spelling, the option it sets (a path such as `adam.beta1`), and the parser of its value. */
export interface Flag {
  readonly flags: string
  readonly option: string
  /** Heading in the help. */
  readonly group: FlagGroup
  readonly text: string
  readonly parse?: (text: string) => unknown
  readonly choices?: readonly string[]
  /** Older spelling that still works; hidden in the help. */
  readonly alias?: string
}

/** Parses a number; the core checks its range. */
export function parseNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError(`expected a number, got ${text}`)
  return value
}

/** Parses the index of an example. */
export function parseIndex(text: string): number {
  if (!/^\d+$/.test(text))
    throw new InvalidArgumentError(`expected the number of an example, counted from 0, got ${text}`)
  return Number(text)
}

/** `512,256` → [512, 256]; `none` → []. */
export function parseNumbers(text: string): number[] {
  return text === 'none' ? [] : text.split(',').map(parseNumber)
}

/** `a,b` → ['a', 'b']. */
export function parseWords(text: string): string[] {
  return text.split(',').map((word) => word.trim())
}

/** `30s`, `5m`, `1h`, `2epochs`, or a time and epochs, `2epochs,30s` → a value for `checkpointEvery`. */
export function parseEvery(text: string): Every {
  const parts = text.split(',').map((part) => /^(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(?:(s|m|h)|epochs?)$/.exec(part.trim()))
  const every: { epochs?: number; seconds?: number } = {}
  for (const match of parts) {
    const [, number, unit] = match ?? []
    const field = unit === undefined ? 'epochs' : 'seconds'
    if (match === null || field in every)
      throw new InvalidArgumentError(`expected a time or epochs such as 30s, 5m, 2epochs or 2epochs,30s, got ${text}`)
    every[field] = Number(number) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1)
  }
  return every as Every
}

/** `0.1` → a share; anything else → a path. */
function parseShareOrPath(text: string): number | string {
  return /^[\d.]+(e-\d+)?$/.test(text) ? parseNumber(text) : text
}

/** `0.5` → a variance, `learned` → itself. */
export function parseVariance(text: string): number | 'learned' {
  return text === 'learned' ? text : parseNumber(text)
}

/** The flags of `train`, in the order of the help. */
export const trainFlags: readonly Flag[] = [
  {
    flags: '--latent-dim <n>',
    option: 'latentDim',
    group: 'Model',
    text: 'dimensions of z',
    parse: parseNumber,
    alias: '--latent <n>',
  },
  {
    flags: '--hidden-dims <n,n>',
    option: 'hiddenDims',
    group: 'Model',
    text: "widths of the encoder's hidden layers, mirrored in the decoder; none = linear",
    parse: parseNumbers,
    alias: '--hidden <n,n>',
  },
  {
    flags: '--activation <name>',
    option: 'activation',
    group: 'Model',
    text: 'between the layers',
    choices: ['relu', 'tanh', 'softplus', 'silu', 'identity'],
  },
  {
    flags: '--initialization <name>',
    option: 'initialization',
    group: 'Model',
    text: 'of the weights',
    choices: ['torch', 'glorot'],
  },
  {
    flags: '--posterior <family>',
    option: 'posterior',
    group: 'Model',
    text: 'family of q(z|x); deterministic = a plain autoencoder',
    choices: ['gaussian', 'laplace', 'uniform', 'deterministic'],
  },
  {
    flags: '--prior <a,b>',
    option: 'prior',
    group: 'Model',
    text: 'location and scale of p(z); of a uniform one its ends (default: 0,1; uniform: -1,1)',
    parse: parseNumbers,
  },
  {
    flags: '--likelihood <name>',
    option: 'likelihood',
    group: 'Objective',
    text: 'p(x|z), which picks the reconstruction term',
    choices: ['bernoulli', 'gaussian', 'squared-error'],
  },
  {
    flags: '--variance <number|learned>',
    option: 'likelihood.variance',
    group: 'Objective',
    text: 'σ² of the gaussian likelihood',
    parse: parseVariance,
  },
  {
    flags: '--beta <number|rule>',
    option: 'beta',
    group: 'Objective',
    text: 'weight of the KL term, or linear:FROM:TO:EPOCHS, cosine:…, cyclical:TO:CYCLES:EPOCHS[:FROM], capacity:KL:EPOCHS[:GAMMA], target-kl:NATS[:RATE], target-reconstruction:NATS[:RATE]',
    parse: parseBeta,
  },
  {
    flags: '--estimator <name>',
    option: 'estimator.type',
    group: 'Objective',
    text: 'of the gradient through z',
    choices: ['reparameterization', 'score-function'],
  },
  {
    flags: '--kl <way>',
    option: 'estimator.kl',
    group: 'Objective',
    text: 'where the KL term comes from; keras-slip: ln σ taken for ln σ², to reproduce posts that do',
    choices: ['analytic', 'monte-carlo', 'keras-slip'],
  },
  {
    flags: '--baseline',
    option: 'estimator.baseline',
    group: 'Objective',
    text: 'of the score function: subtract the mean cost',
  },
  {
    flags: '--samples <n>',
    option: 'estimator.samples',
    group: 'Objective',
    text: 'L, draws of z per example and step',
    parse: parseNumber,
  },
  { flags: '--epochs <n>', option: 'epochs', group: 'Training', text: 'passes over the data', parse: parseNumber },
  { flags: '--batch-size <n>', option: 'batchSize', group: 'Training', text: 'examples per step', parse: parseNumber },
  {
    flags: '--learning-rate <number|schedule>',
    option: 'learningRate',
    group: 'Training',
    text: "Adam's step size, or linear:FROM:TO:EPOCHS, cosine:…, step:FROM:FACTOR:EVERY",
    parse: parseLearningRate,
  },
  {
    flags: '--adam-beta1 <number>',
    option: 'adam.beta1',
    group: 'Training',
    text: "decay of Adam's first moment",
    parse: parseNumber,
  },
  {
    flags: '--adam-beta2 <number>',
    option: 'adam.beta2',
    group: 'Training',
    text: "decay of Adam's second moment",
    parse: parseNumber,
  },
  {
    flags: '--adam-epsilon <number>',
    option: 'adam.epsilon',
    group: 'Training',
    text: "term in Adam's denominator",
    parse: parseNumber,
  },
  {
    flags: '--adam-weight-decay <number>',
    option: 'adam.weightDecay',
    group: 'Training',
    text: 'decoupled weight decay, as in AdamW',
    parse: parseNumber,
  },
  {
    flags: '--validation <share|path>',
    option: 'validation',
    group: 'Training',
    text: 'share of the data held out, a path (of one with two parts the held-out one), or none (default: the part that the data hold out)',
    parse: parseShareOrPath,
  },
  {
    flags: '--early-stopping-patience <n>',
    option: 'earlyStopping.patience',
    group: 'Training',
    text: 'epochs without a better validation ELBO before stopping',
    parse: parseNumber,
  },
  {
    flags: '--early-stopping-min-delta <nats>',
    option: 'earlyStopping.minDelta',
    group: 'Training',
    text: 'what counts as better',
    parse: parseNumber,
  },
  {
    flags: '--keep <which>',
    option: 'keep',
    group: 'Training',
    text: 'model that is kept at the end',
    choices: ['last', 'best'],
  },
  { flags: '--seed <n>', option: 'seed', group: 'Engine', text: 'of weights, order and noise', parse: parseNumber },
  { flags: '--device <name>', option: 'device', group: 'Engine', text: 'auto, cpu, cuda or cuda:1 …' },
  {
    flags: '--precision <how>',
    option: 'precision',
    group: 'Engine',
    text: 'of a GPU’s products',
    choices: ['f32', 'tf32'],
  },
  {
    flags: '--threads <n>',
    option: 'threads',
    group: 'Engine',
    text: 'CPU threads; all that the process may use',
    parse: parseNumber,
  },
  {
    flags: '--checkpoint-every <interval>',
    option: 'checkpointEvery',
    group: 'Engine',
    text: 'such as 30s, 5m, 2epochs or 2epochs,30s; 30 s and each epoch',
    parse: parseEvery,
  },
]

/** Adds the flags of training to a command; `defaults` are the core's. */
export function addTrainFlags(command: Command, defaults: object): void {
  for (const flag of trainFlags) {
    command.optionsGroup(`${flag.group}:`)
    const defaultValue = defaultText(defaults, flag.option)
    const option = new Option(
      flag.flags,
      defaultValue === undefined ? flag.text : `${flag.text} (default: ${defaultValue})`,
    )
    if (flag.parse !== undefined) option.argParser(flag.parse)
    if (flag.choices !== undefined) option.choices([...flag.choices])
    command.addOption(option)
    if (flag.alias === undefined) continue
    const alias = new Option(flag.alias).hideHelp()
    if (flag.parse !== undefined) alias.argParser(flag.parse)
    command.addOption(alias)
  }
}

/** Default at a path, in the spelling of the command line; undefined if there is none to show. */
export function defaultText(defaults: object, path: string): string | undefined {
  let value: unknown = defaults
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  if (typeof value === 'number' || typeof value === 'string') return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(',')
  return undefined
}

/** Training options from the command line: the options of the API, and the validation data. */
export interface ParsedTrainFlags {
  readonly options: TrainOptions
  /** A share of the training data, a path, or `none`. */
  readonly validation?: number | string
}

/** Converts the given flags, and only those, to options of the API. */
export function readTrainFlags(values: Readonly<Record<string, unknown>>): ParsedTrainFlags {
  const options: Record<string, unknown> = {}
  for (const { flags, option, alias } of trainFlags) {
    const value = values[attributeName(flags)] ?? (alias === undefined ? undefined : values[attributeName(alias)])
    if (value !== undefined && !option.includes('.')) options[option] = value
  }
  const likelihood = likelihoodOf(values)
  if (likelihood !== undefined) options.likelihood = likelihood
  const { estimator: type, samples, kl, baseline } = values
  const estimator = definedValues({ type, samples, kl, baseline })
  if (estimator !== undefined) options.estimator = { type: 'reparameterization', ...estimator }
  if (values.prior !== undefined) options.prior = priorOf(values.prior as number[], values.posterior)
  for (const option of ['adam', 'earlyStopping']) {
    const parts = definedValues(Object.fromEntries(partFlags(option).map(({ part, name }) => [part, values[name]])))
    if (parts !== undefined) options[option] = parts
  }
  const { validation, ...rest } = options
  return {
    options: rest as TrainOptions,
    ...(validation !== undefined && { validation: validation as number | string }),
  }
}

/** Flags of an option's parts: `adam.beta1` is the part `beta1`; `name` is commander's name of its flag. */
export function partFlags(option: string): { part: string; name: string; flag: Flag }[] {
  return trainFlags
    .filter((flag) => flag.option.startsWith(`${option}.`))
    .map((flag) => ({ part: flag.option.slice(option.length + 1), name: attributeName(flag.flags), flag }))
}

/** Combines --likelihood and --variance; undefined if neither is given. */
export function likelihoodOf(values: Readonly<Record<string, unknown>>): Likelihood | undefined {
  const { likelihood, variance } = values as { likelihood?: Likelihood; variance?: number | 'learned' }
  if (variance === undefined) return likelihood
  if (likelihood !== 'gaussian') throw new CliError('--variance belongs to --likelihood gaussian')
  return { type: 'gaussian', variance }
}

/** `0,2` → the parameters of the prior. */
export function priorOf(ends: readonly number[], posterior: unknown): object {
  const [first, second] = ends
  if (ends.length !== 2) throw new CliError(`--prior: expected two numbers such as 0,1, got ${ends.join(',')}`)
  return posterior === 'uniform' ? { low: first, high: second } : { location: first, scale: second }
}

/** The values that are set; undefined if none is. */
function definedValues(values: Record<string, unknown>): object | undefined {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function attributeName(flags: string): string {
  return new Option(flags).attributeName()
}
