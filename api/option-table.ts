import { withoutNulls } from './json.js'
import { optionTable as nativeTable } from './native.js'
import type { TrainOptions } from './options.js'

/** A training option: its default, and when it may change. */
export interface OptionRow {
  readonly name: keyof TrainOptions
  /** Default value; absent if there is none, or if it depends on the machine. */
  readonly default?: unknown
  /**
   * Occasions on which a run may continue with another value. Each includes those before it.
   * - `'never'`: it would be another run.
   * - `'on-fork'`: in a fork.
   * - `'on-resume'`: in a resumed run too.
   * - `'anytime'`: in a continued sweep too, because no result depends on it.
   * - `'unrecorded'`: no file stores it.
   */
  readonly change: 'never' | 'on-fork' | 'on-resume' | 'anytime' | 'unrecorded'
  /** Values that a sweep can give it: whole numbers, numbers, or listed values only; absent if none. */
  readonly sweep?: 'whole' | 'real' | 'choice'
}

/** Every training option of the core, in the order in which it writes them. */
export const optionTable: readonly OptionRow[] = Object.freeze(
  (JSON.parse(nativeTable()) as OptionRow[]).map((row) => Object.freeze(withoutNulls(row))),
)
