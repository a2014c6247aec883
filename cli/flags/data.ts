import { type Command, InvalidArgumentError, Option } from 'commander'
import type { OpenData, SetName } from '../../index.js'
import { CliError } from '../base/exit.js'
import { flagName } from '../base/option-names.js'
import { parseNumber, parseWords } from './train.js'

/** Data sets with a name. */
const namedSets = ['digits', 'mnist', 'fashion-mnist', 'kmnist'] as const satisfies readonly SetName[]

/** Flags, beyond preprocessing, needed to read the files of a run again. */
export interface ReadOptions {
  readonly key?: string
  readonly columns?: readonly string[]
  readonly labelColumn?: string
  readonly labels?: string
  readonly limitBytes?: number
  readonly onError?: 'throw' | 'skip'
}

/** Flags that say how to read the files: the options of `datasets.open`. */
export interface DataFlags extends ReadOptions {
  readonly data?: string
  readonly dataDir?: string
  readonly size?: number | readonly [height: number, width: number]
  readonly fit?: 'contain' | 'cover' | 'fill'
  readonly channels?: 1 | 3
  readonly scale?: 'none' | 'unit' | 'standardize'
  readonly binarize?: 'none' | 'threshold' | 'dynamic'
}

/** Adds the flags that say which data to read and how. */
export function addDataFlags(command: Command): void {
  command
    .optionsGroup('Data:')
    .option(
      '--data <name|path>',
      'digits, mnist, fashion-mnist, kmnist, or a path (IDX, .npy, .npz, .csv, a folder of images)',
    )
    .option('--data-dir <folder>', 'where named sets lie; then $VAE_NATIVE_DATA, the cache folder, and a download')
    .option('--size <n|HxW>', 'pixels that images are brought to', parseSize)
    .addOption(new Option('--fit <how>', 'images into --size (default: contain)').choices(['contain', 'cover', 'fill']))
    .option('--channels <1|3>', 'grey or RGB', parseChannels)
    .addOption(new Option('--scale <how>', 'of the values').choices(['none', 'unit', 'standardize']))
    .addOption(
      new Option('--binarize <how>', 'pixels to 0 and 1 (default: none)').choices(['none', 'threshold', 'dynamic']),
    )
    .option('--key <name>', 'array to read from an .npz')
    .option('--columns <a,b>', 'columns to read from a .csv', parseWords)
    .option('--label-column <name>', 'column of a .csv that holds the labels')
    .option('--labels <file>', 'IDX file with one label for each example (default: the one beside IDX images)')
    .option('--limit-bytes <n>', 'most memory that the data may take (default: 8 GiB)', parseNumber)
    .addOption(new Option('--on-error <how>', 'files that cannot be read (default: throw)').choices(['throw', 'skip']))
}

/** `64` → 64, `48x64` → [48, 64]. */
export function parseSize(text: string): number | [number, number] {
  const match = /^(\d+)(?:[x×](\d+))?$/.exec(text)
  if (match === null) throw new InvalidArgumentError(`expected pixels such as 64 or 48x64, got ${text}`)
  return match[2] === undefined ? Number(match[1]) : [Number(match[1]), Number(match[2])]
}

function parseChannels(text: string): 1 | 3 {
  const value = parseNumber(text)
  if (value !== 1 && value !== 3) throw new InvalidArgumentError(`expected 1 or 3, got ${text}`)
  return value
}

/** Rejects flags for reading files next to a named set, where they would do nothing. */
export function checkReading(flags: DataFlags): void {
  const { data = 'digits' } = flags
  const [given] = Object.keys(openOptions(flags))
  if (given === undefined || !isNamed(data)) return
  throw new CliError(`${flagName(given)} says how files of your own are read; ${data} comes as it is`)
}

/** True if `source` is one of the named sets. */
export function isNamed(source: string): source is SetName {
  return (namedSets as readonly string[]).includes(source)
}

/** Error message for a word that is neither a set nor a path. */
export function unknownSourceMessage(source: string): string {
  return `${source}: no such file or folder, and no set of that name (${namedSets.join(', ')})`
}

/** Picks the flags that `datasets.open` takes. */
export function openOptions(flags: DataFlags): OpenData {
  const { size, fit, channels, scale, binarize, key, columns, labelColumn, labels, limitBytes, onError } = flags
  return {
    ...(size !== undefined && { size }),
    ...(fit && { fit }),
    ...(channels && { channels }),
    ...(scale && { scale }),
    ...(binarize && { binarize }),
    ...(key && { key }),
    ...(columns && { columns }),
    ...(labelColumn && { labelColumn }),
    ...(labels && { labels }),
    ...(limitBytes !== undefined && { limitBytes }),
    ...(onError && { onError }),
  }
}
