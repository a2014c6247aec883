/** Recorded parts of a source: the whole, what it holds out, a side of a split. */
import type { Dataset } from '../../index.js'
import { isNamed } from '../flags/data.js'
import type { DataRecord, RunRecord } from './folder.js'
import { digestOf } from './recall-error.js'

/** A source as it is opened: what it trains on, and what it holds out, if anything. */
export interface Parts {
  readonly train: Dataset
  readonly test?: Dataset
}

/** The recorded part of a source; undefined if it is what the source holds out, and now it holds out nothing. */
export function sideOf(record: DataRecord, { train, test }: Parts): Dataset | undefined {
  const { part, source } = record
  if (part?.type === 'heldOut') return test
  // Each part of a named set is a source of its own.
  if (part?.type === 'whole' && isNamed(source ?? '') && test?.digest === digestOf(record)) return test
  // A split needs two examples; where there are fewer, what is there is another number of examples.
  if (part?.type !== 'split' || train.length < 2) return train
  const { validation, seed, stratify, heldBack } = part
  const sides = train.split({ validation, seed, stratify })
  return heldBack ? sides.validation : sides.train
}

/**
 * A side of the data of a run of an older version, which recorded no parts: what the source holds out if it has the
 * digest, else the side of the split if the numbers add up, else the source that was recorded.
 */
export async function sideByCounts(
  side: 'data' | 'validation',
  { data, validation, options: { seed } }: Pick<RunRecord, 'data' | 'validation' | 'options'>,
  open: (record: DataRecord) => Promise<Parts>,
): Promise<{ readonly examples: Dataset; readonly part: 'train' | 'validation' | 'test' }> {
  const parts = side === 'validation' && data.source === undefined ? undefined : await open(data)
  if (validation !== undefined && parts !== undefined) {
    const { train, test } = parts
    if (side === 'validation' && test?.digest === digestOf(validation)) return { examples: test, part: 'test' }
    // The same share of the same examples with the same seed is the same split.
    if (test?.digest !== digestOf(validation) && train.length === data.n + validation.n) {
      const sides = train.split({ validation: validation.n / train.length, ...(seed !== undefined && { seed }) })
      if (side === 'data') return { examples: sides.train, part: 'train' }
      return { examples: sides.validation, part: 'validation' }
    }
  }
  if (side === 'data' || validation === undefined)
    return { examples: (parts ?? (await open(data))).train, part: 'train' }
  const other = await open(validation)
  return { examples: other.test ?? other.train, part: 'validation' }
}
