import type { Command } from 'commander'
import { interruptible } from '../base/interrupt.js'
import { outputOf } from '../base/output.js'
import { count, nats } from '../charts/format.js'
import { framedBar } from '../charts/text/bar.js'
import { parseNumber } from '../flags/train.js'
import { clampedLine, explainedLine } from '../reporters/summary.js'
import { addModel, type ModelFlags, openModel, openModelData } from '../runs/loaded-model.js'

interface EvaluateFlags extends ModelFlags {
  readonly logLikelihood?: number
  readonly seed?: number
}

/** `evaluate MODEL [DATA]`: the ELBO and its parts, dimension by dimension. */
export function define(command: Command): void {
  addModel(command, true)
    .option('--log-likelihood <K>', 'the importance-weighted bound with K samples as well', parseNumber)
    .option('--seed <n>', 'of the draws', parseNumber)
    .option('--batch-size <n>', 'examples at once', parseNumber)
    .action(async (model: string, data: string | undefined, flags: EvaluateFlags) => {
      const output = outputOf(command)
      const vae = await openModel(model, flags)
      const { source, terms, bound } = await interruptible(async (signal) => {
        const dataFlags = { ...flags, ...(data !== undefined && { data }) }
        const { examples, source } = await openModelData(vae, model, dataFlags, output, signal)
        const seed = flags.seed === undefined ? {} : { seed: flags.seed }
        const call = { signal, ...seed, ...(flags.batchSize !== undefined && { batchSize: flags.batchSize }) }
        const terms = await vae.evaluate(examples, call)
        const K = flags.logLikelihood
        const bound = K === undefined ? undefined : await vae.logLikelihood(examples, { ...call, samples: K })
        return { source, terms, bound }
      })
      const per = Array.from(terms.klPerDimension)
      const maxKl = Math.max(...per, 1e-9)
      output.result(
        `${source}  ${count(terms.n)} examples`,
        `  −ELBO ${nats(-terms.elbo)} ± ${nats(terms.standardError)} = reconstruction ${nats(terms.reconstruction)} + KL ${nats(terms.kl)}`,
        `  ${explainedLine(terms, terms, output.paint.dim)}`,
        `  active ${terms.activeUnits} of ${per.length}`,
        ...(vae.posterior === 'deterministic' ? [] : per).map(
          (kl, j) => `  z${String(j).padEnd(3)} ${framedBar(kl / maxKl, 20)} ${nats(kl)}`,
        ),
      )
      if (terms.clamped !== undefined && terms.clamped > 0)
        output.result(clampedLine(terms.clamped, output.paint.yellow))
      if (bound !== undefined)
        output.result(`  log p(x) ≥ ${nats(bound.mean)} ± ${nats(bound.standardError)}  (K = ${bound.samples})`)
      const { perExample: _, ...logLikelihood } = bound ?? { perExample: undefined }
      output.event({ type: 'evaluate', data: source, ...terms, ...(bound !== undefined && { logLikelihood }) })
    })
}
