/** Flags that say which data to read and how: the options of `datasets.open`. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { OpenData, Preprocessing, Reading, SetName } from '../../index.js'
import { CliError } from '../base/exit.js'
import { flagName } from '../base/option-names.js'
import { parseNumber, parseWords } from './train.js'

/** Data sets with a name. */
const namedSets = ['digits', 'mnist', 'fashion-mnist', 'kmnist'] as const satisfies readonly SetName[]

/** Options, beyond preprocessing, that files are read with. */
export type ReadOptions = Readonly<Reading>

/** The flags of data. */
export interface DataFlags extends ReadOptions, Readonly<Preprocessing> {
  readonly data?: string
  readonly dataDir?: string
}

/** Options that a model keeps and applies to other data. */
export const preprocessingNames = ['size', 'fit', 'channels', 'scale', 'binarize'] as const

/** Options of reading a table that are found in the file if they are not given. */
export const dialectNames = ['header', 'separator', 'decimal', 'comment', 'encoding'] as const

/** The options of {@link ReadOptions}, in the order of the help. */
export const readingNames = [
  ...(['key', 'heldOut', 'columns', 'labelColumn', 'labels'] as const),
  ...dialectNames,
  ...(['shape', 'transpose', 'limitBytes', 'onError'] as const),
] as const satisfies readonly (keyof ReadOptions)[]

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
    .option('--key <name>', 'array of an .npz, or subfolder, to read')
    .option('--held-out <name>', 'array of an .npz, or subfolder, that is held out, or none (default: by its name)')
    .option('--columns <a,b>', 'columns of a table to read', parseWords)
    .option('--label-column <name>', 'column of a table that holds the labels')
    .option(
      '--labels <file|name|none>',
      'one label for each example: IDX, .npy, a table of one column, or an array of the .npz (default: by its name)',
    )
    .option('--header', 'the first row of a table names the columns')
    .option('--no-header', 'it does not (default: found in the file, as what follows)')
    .option('--separator <c>', 'between the cells of a table: one character, tab or space', parseSeparator)
    .addOption(new Option('--decimal <c>', 'decimal sign of a table').choices(['.', ',']))
    .option('--comment <c>', 'begins a comment line of a table, or none')
    .option('--encoding <name>', 'of the text of a table, such as windows-1252')
    .option('--shape <HxW>', 'of one example, for rows that are pictures: 28x28, 32x32x3', parseShape)
    .option('--transpose', 'the pictures are stored column by column, as those of EMNIST')
    .option('--limit-bytes <n>', 'most memory that the data may take (default: 8 GiB)', parseNumber)
    .addOption(
      new Option('--on-error <how>', 'files and rows that cannot be read (default: throw)').choices(['throw', 'skip']),
    )
}

/** `64` → 64, `48x64` → [48, 64]. */
export function parseSize(text: string): number | [number, number] {
  const match = /^(\d+)(?:[x×](\d+))?$/.exec(text)
  if (match === null) throw new InvalidArgumentError(`expected pixels such as 64 or 48x64, got ${text}`)
  return match[2] === undefined ? Number(match[1]) : [Number(match[1]), Number(match[2])]
}

/** `28x28` → [28, 28]. */
export function parseShape(text: string): NonNullable<OpenData['shape']> {
  if (!/^\d+([x×]\d+){0,2}$/.test(text))
    throw new InvalidArgumentError(`expected a shape such as 28x28 or 32x32x3, got ${text}`)
  return text.split(/[x×]/).map(Number) as unknown as NonNullable<OpenData['shape']>
}

/** Characters that a shell makes hard to type, by name. */
const separatorWords: Readonly<Record<string, string>> = { tab: '\t', '\\t': '\t', space: ' ' }

/** `tab` → a tab, `;` → itself. */
export function parseSeparator(text: string): string {
  return separatorWords[text] ?? text
}

/** A separator as {@link parseSeparator} reads it. */
export function separatorText(separator: string): string {
  return separator === '\t' ? 'tab' : separator === ' ' ? 'space' : separator
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
  return pickGiven(flags, [...preprocessingNames, ...readingNames]) as OpenData
}

/** The options of these names that are given. */
export function pickGiven<T extends object>(options: T, names: readonly (keyof T)[]): Partial<T> {
  const given = names.filter((name) => options[name] !== undefined && options[name] !== null)
  return Object.fromEntries(given.map((name) => [name, options[name]])) as Partial<T>
}
