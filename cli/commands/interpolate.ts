import type { Command } from 'commander'
import type { Dataset, Tensor } from '../../index.js'
import { CliError } from '../base/exit.js'
import { interruptible } from '../base/interrupt.js'
import { outputOf } from '../base/output.js'
import { plural } from '../charts/format.js'
import { parseIndex, parseNumber } from '../flags/train.js'
import { sheetPath, writeSheet } from '../reporters/sheet.js'
import { addModel, type ModelFlags, modelName, openModel, openModelData } from '../runs/loaded-model.js'

interface InterpolateFlags extends ModelFlags {
  readonly from?: number
  readonly to?: number
  readonly steps?: number
  readonly out?: string
}

/** `interpolate MODEL [DATA] --from i --to j`: decodes the straight line between two latents. */
export function define(command: Command): void {
  addModel(command, true)
    .option('--from <i>', 'the example to start from, counted from 0 (default: 0)', parseIndex)
    .option('--to <i>', 'the example to arrive at (default: 1)', parseIndex)
    .option('--steps <n>', 'pictures on the way, both ends included', parseNumber)
    .option('--out <file>', '.png, .csv or .npy (default: NAME-interpolation.png)')
    .action(async (model: string, data: string | undefined, flags: InterpolateFlags) => {
      const output = outputOf(command)
      const vae = await openModel(model, flags)
      const { from = 0, to = 1 } = flags
      const { path: images, source } = await interruptible(async (signal) => {
        const dataFlags = { ...flags, ...(data !== undefined && { data }) }
        const { examples, source } = await openModelData(vae, model, dataFlags, output, signal)
        const path = await vae.interpolate(exampleAt(examples, from, '--from'), exampleAt(examples, to, '--to'), {
          signal,
          ...(flags.steps !== undefined && { steps: flags.steps }),
        })
        return { path, source }
      })
      const steps = images.shape[1] ?? 0
      const path = flags.out ?? sheetPath(`${modelName(model)}-interpolation`, vae.shape.length > 1)
      await writeSheet(withoutPairAxis(images), { path, columns: steps, table: vae.table }, output)
      output.result(`saved ${path}  (${plural(steps, 'step')} from ${source} #${from} to #${to})`)
      output.event({ type: 'interpolate', from, to, steps, data: source, path })
    })
}

function exampleAt(examples: Dataset, i: number, flag: string): Dataset {
  if (i >= examples.length)
    throw new CliError(`${flag}: expected an example from 0 to ${examples.length - 1}, got ${i}`)
  return examples.slice(i, i + 1)
}

/** (1, steps, …) → (steps, …): there is one pair. */
function withoutPairAxis(way: Tensor): Tensor {
  return { ...way, shape: way.shape.slice(1) }
}
