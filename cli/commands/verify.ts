import type { Command } from 'commander'
import { type Dataset, type EpochEvent, presets, type TrainOptions, trainVae } from '../../index.js'
import { CliError, exitCode } from '../base/exit.js'
import { interruptible } from '../base/interrupt.js'
import { type Output, outputOf } from '../base/output.js'
import { duration } from '../charts/format.js'
import { parseNumber, parseNumbers } from '../flags/train.js'
import { openData } from '../runs/open-data.js'

/** Run of PyTorch's VAE example, whose result has been published most often. */
const reference = presets['pytorch-example']

/** Final test −ELBO of three published logs of that run, in nats. */
const published = '105.56–105.61'

/** Accepted band of a measured −ELBO, both ends included. */
export type Band = readonly [low: number, high: number]

/** Bands of one seed, by epoch, and of the final mean over three seeds. */
export const bands = {
  epochs: new Map<number, Band>([
    [1, [125.5, 129.5]],
    [5, [107.2, 109.8]],
    [10, [104.6, 106.5]],
  ]),
  mean: [105.0, 106.0],
} as const satisfies { epochs: Map<number, Band>; mean: Band }

interface VerifyFlags {
  readonly data?: string
  readonly dataDir?: string
  readonly seeds?: number[]
  readonly threads?: number
}

/** `verify`: trains the reference run and compares it with the published figures; exit 1 outside the bands. */
export function define(command: Command): void {
  command
    .option('--data <name|path>', 'MNIST with its test part (default: mnist)')
    .option('--data-dir <folder>', 'where named sets lie')
    .option(
      '--seeds <n,n>',
      'one run each; three or more are compared by their mean as well (default: 1)',
      parseNumbers,
    )
    .option('--threads <n>', 'CPU threads', parseNumber)
    .action(async (flags: VerifyFlags) => {
      const output = outputOf(command)
      process.exitCode = await interruptible((signal) => verify(flags, output, signal))
    })
}

async function verify(flags: VerifyFlags, output: Output, signal: AbortSignal): Promise<number> {
  const data = await openData({ ...flags, data: flags.data ?? 'mnist' }, output, signal)
  if (data.test === undefined)
    throw new CliError(`${data.source} has no test part; the reference run is measured on MNIST's`)
  const started = performance.now()
  const seeds = flags.seeds ?? [1]
  const finals: number[] = []
  let good = true
  for (const seed of seeds) {
    const options = {
      ...reference,
      seed,
      validation: data.test,
      signal,
      ...(flags.threads && { threads: flags.threads }),
    }
    const measured = await trainRun(data.train, options, output)
    for (const [epoch, band] of bands.epochs) {
      const value = measured.get(epoch) ?? Number.NaN
      good = compare(`seed ${seed}  epoch ${epoch}`, value, band, output) && good
    }
    finals.push(measured.get(reference.epochs) ?? Number.NaN)
  }
  const mean = finals.reduce((sum, value) => sum + value, 0) / finals.length
  if (finals.length >= 3) good = compare(`mean of ${finals.length} seeds`, mean, bands.mean, output) && good
  const seconds = (performance.now() - started) / 1000
  const verdict = good ? output.paint.green('✔ in band') : output.paint.red('✖ out of band')
  output.result(
    `784-400-20 bernoulli, MNIST, ${reference.epochs} epochs: ours ${mean.toFixed(2)}  published ${published}  ${verdict}  (${duration(seconds)})`,
  )
  output.event({ type: 'verify', seeds, final: finals, mean, published: [105.56, 105.61], inBand: good, seconds })
  return good ? exitCode.done : exitCode.failed
}

/** Trains one run; returns the test −ELBO after each epoch. */
async function trainRun(train: Dataset, options: TrainOptions, output: Output): Promise<Map<number, number>> {
  const measured = new Map<number, number>()
  for await (const event of trainVae(train, { ...options, probe: false })) {
    if (event.type !== 'epoch') continue
    const value = testLoss(event)
    measured.set(event.epoch, value)
    output.progress(`  seed ${options.seed}  epoch ${event.epoch}/${reference.epochs}  test −ELBO ${value.toFixed(2)}`)
  }
  return measured
}

function testLoss({ validation }: EpochEvent): number {
  return validation === undefined ? Number.NaN : -validation.elbo
}

/** Prints one comparison; returns true if the value is in its band. */
function compare(what: string, value: number, band: Band, output: Output): boolean {
  const [low, high] = band
  const good = within(value, band)
  const mark = good ? output.paint.green('✔') : output.paint.red('✖')
  output.result(`${mark} ${what.padEnd(18)} −ELBO ${value.toFixed(2)}  band ${low.toFixed(1)}–${high.toFixed(1)}`)
  output.event({ type: 'comparison', what, value, band: [low, high], inBand: good })
  return good
}

/** True if a value is in a band; NaN never is. */
export function within(value: number, [low, high]: Band): boolean {
  return value >= low && value <= high
}
