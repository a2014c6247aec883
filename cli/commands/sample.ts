import type { Command } from 'commander'
import { interruptible } from '../base/interrupt.js'
import { outputOf } from '../base/output.js'
import { plural } from '../charts/format.js'
import { parseNumber, parseNumbers } from '../flags/train.js'
import { sheetPath, writeSheet } from '../reporters/sheet.js'
import { addModel, type ModelFlags, modelName, openModel } from '../runs/loaded-model.js'

interface SampleFlags extends ModelFlags {
  readonly mean?: number[]
  readonly standardDeviation?: number[]
  readonly seed?: number
  readonly across?: number
  readonly out?: string
}

/** `sample MODEL [n]`: draws z from the prior (or another normal distribution) and decodes. */
export function define(command: Command): void {
  addModel(command, false)
    .argument('[n]', 'how many (default: 16)', parseNumber)
    .option('--mean <number|n,n>', "of z, for all dimensions or one each (default: the prior's)", parseNumbers)
    .option(
      '--standard-deviation <number|n,n>',
      "of z, for all dimensions or one each (default: the prior's)",
      parseNumbers,
    )
    .option('--seed <n>', 'of the draws', parseNumber)
    .option('--across <n>', 'examples per row of the sheet', parseNumber)
    .option('--out <file>', '.png, .csv or .npy (default: NAME-samples.png)')
    .action(async (model: string, n: number | undefined, flags: SampleFlags) => {
      const output = outputOf(command)
      const vae = await openModel(model, flags)
      const count = n ?? 16
      const samples = await interruptible((signal) =>
        vae.sample(count, {
          signal,
          ...(flags.mean && { mean: single(flags.mean) }),
          ...(flags.standardDeviation && { standardDeviation: single(flags.standardDeviation) }),
          ...(flags.seed !== undefined && { seed: flags.seed }),
        }),
      )
      const columns = flags.across ?? Math.ceil(Math.sqrt(count))
      const path = flags.out ?? sheetPath(`${modelName(model)}-samples`, vae.shape.length > 1)
      await writeSheet(samples, { path, columns, table: vae.table }, output)
      output.result(`saved ${path}  (${plural(count, 'sample')}, ${columns} a row)`)
      output.event({ type: 'sample', n: count, path })
    })
}

/** One number stands for every dimension. */
function single(values: number[]): number | number[] {
  return values.length === 1 ? (values[0] ?? 0) : values
}
