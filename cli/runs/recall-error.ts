/** Differences between the data of a run as they are found now and as they were recorded. */
import type { Dataset } from '../../index.js'
import { CliError } from '../base/exit.js'
import { count } from '../charts/format.js'
import type { DataRecord } from './folder.js'

/** The data of a run are not there, or are others. */
export class RecallError extends CliError {
  constructor(
    /** Finding and its place: the sentence without its remedy. */
    readonly finding: string,
    remedy: string,
  ) {
    super(`${finding}; ${remedy}`)
  }
}

/** A difference in words. */
export interface Difference {
  readonly what: 'part' | 'number of examples' | 'values' | '--scale' | '--binarize'
  readonly expected: string
  readonly received: string
}

/** Compares data with their record; undefined if they are the same. */
export function differenceOf(record: DataRecord, now: Dataset): Difference | undefined {
  if (digestOf(record) !== now.digest) {
    const what = record.n === now.length ? 'values' : 'number of examples'
    return { what, expected: inWords(record.n, digestOf(record)), received: inWords(now.length, now.digest) }
  }
  const setting = (['scale', 'binarize'] as const).find(
    (name) => settingText(record.preprocessing[name]) !== settingText(now.preprocessing[name]),
  )
  if (setting === undefined) return undefined
  return {
    what: `--${setting}`,
    expected: `${settingText(record.preprocessing[setting])} (fingerprint ${record.fingerprint.slice(0, 12)})`,
    received: `${settingText(now.preprocessing[setting])} (fingerprint ${now.fingerprint.slice(0, 12)})`,
  }
}

/** Digest of values and shape; older versions call it the fingerprint. */
export function digestOf({ digest, fingerprint }: DataRecord): string {
  return digest ?? fingerprint
}

function inWords(n: number, digest: string): string {
  return `${count(n)} examples (digest ${digest.slice(0, 12)})`
}

/** A setting of preprocessing; one that is not set and `none` are the same for binarization, not for the scale. */
function settingText(setting: string | undefined): string {
  return setting ?? 'the default'
}
