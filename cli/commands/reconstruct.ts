import { type Command, Option } from 'commander'
import type { Dataset, Tensor } from '../../index.js'
import { CliError } from '../base/exit.js'
import { interruptible } from '../base/interrupt.js'
import { outputOf } from '../base/output.js'
import { plural } from '../charts/format.js'
import { parseIndex, parseNumber } from '../flags/train.js'
import { sheetPath, writeSheet } from '../reporters/sheet.js'
import { addModel, type ModelFlags, modelName, openModel, openModelData } from '../runs/loaded-model.js'

interface ReconstructFlags extends ModelFlags {
  readonly count?: number
  readonly start?: number
  readonly latent?: 'mean' | 'sample'
  readonly seed?: number
  readonly out?: string
}

/** `reconstruct MODEL [DATA]`: examples in one row, their reconstructions in the row below. */
export function define(command: Command): void {
  addModel(command, true)
    .option('--count <n>', 'how many examples (default: 8)', parseNumber)
    .option('--start <i>', 'the first of them, counted from 0 (default: 0)', parseIndex)
    .addOption(new Option('--latent <which>', 'z from q(z|x) (default: mean)').choices(['mean', 'sample']))
    .option('--seed <n>', 'of the draws with --latent sample', parseNumber)
    .option('--out <file>', '.png, .csv or .npy (default: NAME-reconstructions.png)')
    .action(async (model: string, data: string | undefined, flags: ReconstructFlags) => {
      const output = outputOf(command)
      const vae = await openModel(model, flags)
      const start = flags.start ?? 0
      const { originals, reconstructions, source } = await interruptible(async (signal) => {
        const dataFlags = { ...flags, ...(data !== undefined && { data }) }
        const { examples, source } = await openModelData(vae, model, dataFlags, output, signal)
        const shown = selectExamples(examples, start, flags.count ?? 8)
        const options = { signal, ...(flags.latent && { latent: flags.latent }) }
        const seed = flags.seed === undefined ? {} : { seed: flags.seed }
        return {
          originals: shown.toTensor(),
          reconstructions: await vae.reconstruct(shown, { ...options, ...seed }),
          source,
        }
      })
      const [n = 0] = originals.shape
      const path = flags.out ?? sheetPath(`${modelName(model)}-reconstructions`, vae.shape.length > 1)
      await writeSheet(concatenate(originals, reconstructions), { path, columns: n, table: vae.table }, output)
      output.result(`saved ${path}  (${plural(n, 'example')} of ${source}, x above x̂)`)
      output.event({ type: 'reconstruct', n, data: source, path })
    })
}

function selectExamples(examples: Dataset, start: number, n: number): Dataset {
  if (!(n >= 1)) throw new CliError(`--count: expected a number from 1 up, got ${n}`)
  if (start >= examples.length)
    throw new CliError(`--start: expected an example from 0 to ${examples.length - 1}, got ${start}`)
  return examples.slice(start, start + n)
}

/** Concatenates two tensors along the first dimension; black and white are those of the second. */
function concatenate(a: Tensor, b: Tensor): Tensor {
  const data = new Float32Array(a.data.length + b.data.length)
  data.set(a.data)
  data.set(b.data, a.data.length)
  const [n = 0, ...shape] = a.shape
  return { ...b, data, shape: [n * 2, ...shape] }
}
