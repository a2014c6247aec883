/** Figures of examples: images as a sheet, vectors as small curves. */
import type { Dataset, Tensor, Vae, ValueRange } from '../../index.js'
import { type SheetOptions, sheet } from '../charts/svg/images.js'
import { profiles } from '../charts/svg/profiles.js'
import { rangeOf } from '../latent/subset.js'

/** Standard deviations from the bottom of a curve to a column's mean, and from there to the top. */
const deviations = 3

/**
 * Values shown as black and white, or for vectors at the bottom and the top: one range, or for standardized vectors one
 * for each column, as columns may differ by orders of magnitude.
 */
export function shownRanges(
  vae: Pick<Vae, 'range' | 'scale' | 'shape'>,
  examples: Pick<Dataset, 'range'>,
): readonly ValueRange[] {
  const { scale, shape } = vae
  if (scale.type !== 'standardize' || shape.length > 1) return [rangeOf(vae, examples)]
  return scale.mean.map((mean, j) => {
    const reach = deviations * (scale.deviation[j] ?? 1)
    return [mean - reach, mean + reach]
  })
}

/**
 * Draws examples side by side.
 *
 * @param examples (n, ...shape)
 * @param ranges See {@link shownRanges}.
 */
export function drawExamples(examples: Tensor, ranges: readonly ValueRange[], options: SheetOptions): string {
  if (examples.shape.length < 3) return profiles(examples, ranges, options)
  const [range] = ranges
  return sheet(examples, { ...options, ...(range && { range }) })
}
