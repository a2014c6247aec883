import { withoutNulls } from './json.js'
import { optionTable as nativeTable } from './native.js'
import type { TrainOptions } from './options.js'

/** One option of training: its default, and when it may change. */
export interface OptionRow {
  readonly name: keyof TrainOptions
  /** Value where none is given; absent where that is nothing, or what the machine offers. */
  readonly default?: unknown
  /**
   * Occasions at which a run may go on with another value. Each allows what those before it allow.
   * - `'never'`: it would be another run.
   * - `'on-fork'`: in a fork.
   * - `'on-resume'`: in a resumed run too.
   * - `'anytime'`: in a continued sweep too, as no result depends on it.
   * - `'unrecorded'`: no file keeps it.
   */
  readonly change: 'never' | 'on-fork' | 'on-resume' | 'anytime' | 'unrecorded'
  /** Values that a sweep can give it: whole numbers, numbers, or listed values only; absent where none. */
  readonly sweep?: 'whole' | 'real' | 'choice'
}

/** Every option of training that the core knows, in the order in which it writes them. */
export const optionTable: readonly OptionRow[] = Object.freeze(
  (JSON.parse(nativeTable()) as OptionRow[]).map((row) => Object.freeze(withoutNulls(row))),
)
