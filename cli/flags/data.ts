import { type Command, InvalidArgumentError, Option } from 'commander'
import type { OpenData } from '../../index.js'
import { CliError } from '../base/exit.js'
import { flagName } from '../base/option-names.js'
import { number, words } from './train.js'

/** The sets that are known by name. */
export const namedSets = ['digits', 'mnist', 'fashion-mnist', 'kmnist'] as const

type NamedSet = (typeof namedSets)[number]

/** How the files of a run were read, beyond what preprocessing says: flags that have to be given again to read them. */
export interface Reading {
  readonly key?: string
  readonly columns?: readonly string[]
  readonly labelColumn?: string
  readonly labels?: string
  readonly limitBytes?: number
  readonly onError?: 'throw' | 'skip'
}

/** How the files are to be read: the options of `datasets.open`, spelled as flags. */
export interface DataFlags extends Reading {
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
    .option('--size <n|HxW>', 'pixels that images are brought to', size)
    .addOption(new Option('--fit <how>', 'images into --size (default: contain)').choices(['contain', 'cover', 'fill']))
    .option('--channels <1|3>', 'grey or RGB', channels)
    .addOption(new Option('--scale <how>', 'of the values').choices(['none', 'unit', 'standardize']))
    .addOption(
      new Option('--binarize <how>', 'pixels to 0 and 1 (default: none)').choices(['none', 'threshold', 'dynamic']),
    )
    .option('--key <name>', 'array to read from an .npz')
    .option('--columns <a,b>', 'columns to read from a .csv', words)
    .option('--label-column <name>', 'column of a .csv that holds the labels')
    .option('--labels <file>', 'IDX file with one label for each example (default: the one beside IDX images)')
    .option('--limit-bytes <n>', 'most memory that the data may take (default: 8 GiB)', number)
    .addOption(new Option('--on-error <how>', 'files that cannot be read (default: throw)').choices(['throw', 'skip']))
}

/** `64` → 64, `48x64` → [48, 64]. */
export function size(text: string): number | [number, number] {
  const match = /^(\d+)(?:[x×](\d+))?$/.exec(text)
  if (match === null) throw new InvalidArgumentError(`expected pixels such as 64 or 48x64, got ${text}`)
  return match[2] === undefined ? Number(match[1]) : [Number(match[1]), Number(match[2])]
}

function channels(text: string): 1 | 3 {
  const value = number(text)
  if (value !== 1 && value !== 3) throw new InvalidArgumentError(`expected 1 or 3, got ${text}`)
  return value
}

/** A named set comes as it is: a flag that says how files are read would do nothing, and is refused. */
export function checkReading(flags: DataFlags): void {
  const { data = 'digits' } = flags
  const [given] = Object.keys(openOptions(flags))
  if (given === undefined || !isNamed(data)) return
  throw new CliError(`${flagName(given)} says how files of your own are read; ${data} comes as it is`)
}

/** Whether the word is one of the named sets. */
export function isNamed(source: string): source is NamedSet {
  return (namedSets as readonly string[]).includes(source)
}

/** The sentence for a word that is neither a set nor a path. */
export function unknown(source: string): string {
  return `${source}: no such file or folder, and no set of that name (${namedSets.join(', ')})`
}

/** The flags that `datasets.open` takes. */
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
