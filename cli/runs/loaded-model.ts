/** The model that a command works on, and its data. */
import { statSync } from 'node:fs'
import { basename, dirname, extname, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { Dataset, Device, Vae } from '../../index.js'
import { asInputError, CliError } from '../base/exit.js'
import type { Output } from '../base/output.js'
import { addDataFlags, checkReading, type DataFlags } from '../flags/data.js'
import { parseNumber } from '../flags/train.js'
import { readRun, runFiles } from './folder.js'
import { noteLines } from './open-data.js'
import { decidedBy, openLike } from './open-like.js'
import { Recall } from './recall.js'

/** Flags of every command that uses a model. */
export interface ModelFlags extends DataFlags {
  readonly threads?: number
  readonly device?: Device
  readonly batchSize?: number
  readonly part?: 'train' | 'test'
}

/** Adds MODEL; with data also [DATA] and its reading flags. */
export function addModel(command: Command, withData: boolean): Command {
  command.argument('<model>', 'a run folder, model.safetensors or a checkpoint')
  if (withData) {
    command.argument('[data]', 'the same as --data; without either, what the model was validated on')
    addDataFlags(command)
    command.option('--part <train|test>', 'of a set that has both parts (default: test)', parsePart)
  }
  return command
    .option('--threads <n>', 'CPU threads', parseNumber)
    .option('--device <name>', 'auto, cpu, cuda or cuda:1 … (default: auto)')
}

function parsePart(text: string): 'train' | 'test' {
  if (text !== 'train' && text !== 'test') throw new InvalidArgumentError(`expected train or test, got ${text}`)
  return text
}

/** Loads MODEL. */
export async function openModel(path: string, flags: ModelFlags): Promise<Vae> {
  const { loadVae } = await import('../../index.js')
  const { threads, device } = flags
  return asInputError(
    loadVae(path, { ...(threads !== undefined && { threads }), ...(device !== undefined && { device }) }),
  )
}

/** Data for a model, with a description. */
export interface ModelData {
  /** Their own name and part: `photos (validation)` of a run, `photos` as they were named. */
  readonly source: string
  readonly examples: Dataset
}

/** Opens the named data; by default the validation data of MODEL's run, or its training data if there are none. */
export async function openModelData(
  vae: Vae,
  model: string,
  flags: ModelFlags,
  output: Output,
  signal: AbortSignal,
): Promise<ModelData> {
  return flags.data === undefined
    ? await recallModelData(model, flags, output, signal)
    : await openNamedData(vae, flags, output, signal)
}

/** Opens data that this call names, with what training decided about reading them. */
export async function openNamedData(
  vae: Vae,
  flags: ModelFlags,
  output: Output,
  signal: AbortSignal,
): Promise<ModelData> {
  checkReading(flags)
  const { source, train, test } = await openLike(decidedBy(vae), flags, output, signal)
  output.progress(...noteLines(train.notes))
  if (flags.part === 'test' && test === undefined) throw noTestPart(source)
  if (test === undefined) return { source, examples: train }
  return flags.part === 'train'
    ? { source: `${source} (train)`, examples: train }
    : { source: `${source} (test)`, examples: test }
}

/** Opens the data of MODEL's run again. */
async function recallModelData(
  model: string,
  flags: ModelFlags,
  output: Output,
  signal: AbortSignal,
): Promise<ModelData> {
  const folder = runFolderOf(model)
  if (folder === undefined) throw new CliError('which data? Name it after the model: digits, mnist, or a path')
  const recall = new Recall({ folder, record: await readRun(folder) }, 'use', flags, output, signal)
  const validation = flags.part === 'train' ? undefined : await recall.validation()
  if (flags.part === 'test' && validation === undefined) throw noTestPart(folder)
  const { examples, name, part } = validation ?? (await recall.train())
  return { source: `${name} (${part})`, examples }
}

function noTestPart(source: string): CliError {
  return new CliError(`${source} has no test part; leave out --part`)
}

/** The run folder that holds a model, if there is one. */
function runFolderOf(model: string): string | undefined {
  const stat = statSync(model, { throwIfNoEntry: false })
  if (stat === undefined) return undefined
  const folder = stat.isDirectory() ? model : dirname(model)
  return statSync(resolve(folder, runFiles.record), { throwIfNoEntry: false }) === undefined ? undefined : folder
}

/** Name of the model for result files: `runs/warm-fox` and its files → `warm-fox`. */
export function modelName(model: string): string {
  const path = resolve(model)
  const file = basename(path)
  if (file === runFiles.model || file === runFiles.checkpoint) return basename(dirname(path))
  return basename(path, extname(path) === '.safetensors' ? '.safetensors' : '')
}
