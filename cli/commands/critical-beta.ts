import { type Command, Option } from 'commander'
import { defaults, type Likelihood } from '../../index.js'
import { criticalBeta } from '../../research.js'
import { interruptible } from '../base/interrupt.js'
import { outputOf } from '../base/output.js'
import { count, plural, weight } from '../charts/format.js'
import { addDataFlags, type DataFlags } from '../flags/data.js'
import { likelihoodOf, parseNumber, parseVariance } from '../flags/train.js'
import { openData } from '../runs/open-data.js'

interface CriticalBetaFlags extends DataFlags {
  readonly likelihood?: 'bernoulli' | 'gaussian' | 'squared-error'
  readonly variance?: number | 'learned'
  readonly threads?: number
}

/** Values of β at which live dimensions are counted. */
const tabulatedBetas = [0.1, 0.5, 1, 2, 3, 4, 5, 8, 10, 16, 20, 32, 50, 100, 200, 500]

/** `critical-beta --data DATA`: the β above which a VAE collapses, without training. */
export function define(command: Command): void {
  addDataFlags(command)
  command
    .addOption(
      new Option('--likelihood <name>', 'p(x|z) (default: bernoulli)').choices([
        'bernoulli',
        'gaussian',
        'squared-error',
      ]),
    )
    .option('--variance <number|learned>', 'σ² of the gaussian likelihood (default: 1)', parseVariance)
    .option('--threads <n>', 'CPU threads; all that the process may use', parseNumber)
    .addHelpText(
      'after',
      `
Examples:
  vae-native critical-beta --data mnist
  vae-native critical-beta --data ./photos --size 64 --likelihood gaussian --variance 0.1`,
    )
    .action(async (flags: CriticalBetaFlags) => {
      const output = outputOf(command)
      const likelihood = likelihoodOf({ ...flags }) ?? (defaults.likelihood as Likelihood)
      const { found, source, n } = await interruptible(async (signal) => {
        const { train, name } = await openData(flags, output, signal)
        const { threads } = flags
        const found = await criticalBeta(train, { likelihood, signal, ...(threads !== undefined && { threads }) })
        return { found, source: name, n: train.length }
      })
      const { spectrum } = found
      const at = tabulatedBetas.map((beta) => ({ beta, liveDimensions: found.liveDimensions(beta) }))
      const shown = at.filter(({ liveDimensions }, i) => liveDimensions > 0 || at[i - 1]?.liveDimensions !== 0)
      const maxDimensions = spectrum.length
      output.result(
        `critical β ${weight(found.criticalBeta)}: above it a VAE on ${source} (${plural(n, 'example')}) collapses`,
        ...shown.map(({ beta, liveDimensions: live }) => {
          const amount = live === maxDimensions ? `at least ${count(live)}` : count(live)
          return `  β ${String(beta).padEnd(4)} ${live === 0 ? 'collapsed' : `${amount} live ${live === 1 ? 'dimension' : 'dimensions'}`}`
        }),
      )
      output.event({
        type: 'critical-beta',
        data: source,
        likelihood,
        criticalBeta: found.criticalBeta,
        spectrum,
        liveDimensions: at,
      })
    })
}
