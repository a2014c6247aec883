/** Figures of examples: images as a sheet, vectors as small curves. */
import type { Tensor } from '../../index.js'
import { type SheetOptions, sheet } from '../charts/svg/images.js'
import { profiles } from '../charts/svg/profiles.js'

/**
 * Draws examples side by side.
 *
 * @param examples (n, ...shape)
 * @param range Values shown as black and white, or at the bottom and the top.
 */
export function drawExamples(examples: Tensor, range: readonly [number, number], options: SheetOptions): string {
  if (examples.shape.length < 3) return profiles(examples, range, options)
  const [low, high] = range
  if (low === 0 && high === 1) return sheet(examples, options)
  return sheet({ data: examples.data.map((value) => (value - low) / (high - low)), shape: examples.shape }, options)
}
