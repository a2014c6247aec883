import { extname } from 'node:path'
import type { Command } from 'commander'
import type { Dataset, Encoding, Latents } from '../../index.js'
import { CliError } from '../base/exit.js'
import { csv, writeAtomically } from '../base/files.js'
import { interruptible } from '../base/interrupt.js'
import { npy } from '../base/npy.js'
import { outputOf } from '../base/output.js'
import { count, duration } from '../charts/format.js'
import { parseNumber } from '../flags/train.js'
import { addModel, type ModelFlags, modelName, openModel, openModelData } from '../runs/loaded-model.js'

interface EncodeFlags extends ModelFlags {
  readonly out?: string
  readonly names?: string
}

/** `encode MODEL [DATA] --out FILE`: the mean of q(z|x), one row per example. */
export function define(command: Command): void {
  addModel(command, true)
    .option('--out <file>', '.csv (with names, labels and log-variances) or .npy (default: NAME-latents.csv)')
    .option('--names <file>', 'a .csv with the example of each row of an .npy')
    .option('--batch-size <n>', 'examples at once', parseNumber)
    .action(async (model: string, data: string | undefined, flags: EncodeFlags) => {
      const output = outputOf(command)
      const out = flags.out ?? `${modelName(model)}-latents.csv`
      const extension = extname(out)
      if (extension !== '.csv' && extension !== '.npy')
        throw new CliError(`--out: expected a file ending in .csv or .npy, got ${out}`)
      const vae = await openModel(model, flags)
      const start = performance.now()
      const { examples, encoding } = await interruptible(async (signal) => {
        const dataFlags = { ...flags, ...(data !== undefined && { data }) }
        const { examples } = await openModelData(vae, model, dataFlags, output, signal)
        const call = { signal, ...(flags.batchSize !== undefined && { batchSize: flags.batchSize }) }
        return { examples, encoding: await vae.encode(examples, call) }
      })
      const { mean } = encoding
      await writeAtomically(out, extension === '.npy' ? npy(mean.data, mean.shape) : latentTable(examples, encoding))
      if (flags.names !== undefined) await writeAtomically(flags.names, nameTable(examples))
      const seconds = (performance.now() - start) / 1000
      const [n, latentDim] = mean.shape
      output.result(`saved ${out}  (${count(n)} × ${latentDim} float32, ${duration(seconds)})`)
      if (flags.names !== undefined) output.result(`saved ${flags.names}`)
      output.event({
        type: 'encode',
        n,
        latentDim,
        path: out,
        ...(flags.names !== undefined && { names: flags.names }),
      })
    })
}

/**
 * Columns: index, name and label if the data has them, the means z0 …, and the family's other parameters: logVar0 …,
 * logScale0 …, or low0 … and high0 ….
 */
function latentTable(examples: Dataset, { posterior: _, mean, ...others }: Encoding): string {
  const [n, latentDim] = mean.shape
  const spread = Object.entries<Latents>(others)
  const dimensions = Array.from({ length: latentDim }, (_, j) => j)
  const row = (latents: Latents, i: number) => Array.from(latents.data.subarray(i * latentDim, (i + 1) * latentDim))
  return csv(
    [
      ...identityHeader(examples),
      ...dimensions.map((j) => `z${j}`),
      ...spread.flatMap(([name]) => dimensions.map((j) => `${name}${j}`)),
    ],
    Array.from({ length: n }, (_, i) => [
      ...identity(examples, i),
      ...row(mean, i),
      ...spread.flatMap(([, latents]) => row(latents, i)),
    ]),
  )
}

function nameTable(examples: Dataset): string {
  return csv(
    identityHeader(examples),
    Array.from({ length: examples.length }, (_, i) => identity(examples, i)),
  )
}

function identityHeader({ names, labels }: Dataset): string[] {
  return ['index', ...(names ? ['name'] : []), ...(labels ? ['label'] : [])]
}

/** Identity of example `i`: its index, its file, and its label, by name if labels have names. */
function identity({ names, labels, labelNames }: Dataset, i: number): (string | number)[] {
  const label = labels?.[i]
  return [
    i,
    ...(names ? [names[i] ?? ''] : []),
    ...(labels ? [label === undefined ? '' : (labelNames?.[label] ?? label)] : []),
  ]
}
