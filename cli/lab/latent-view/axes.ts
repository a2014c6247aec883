/** Axes of a slice. */

/** Two latent dimensions, or the two principal directions. */
export type SliceAxes = readonly [across: number, up: number] | 'principal'

/** First two dimensions of `order`, which lists all of them by information. */
export function firstTwo([across = 0, up = 1]: readonly number[]): readonly [across: number, up: number] {
  return [across, up]
}

/** Returns axes with the dimension across (`x`) or upwards (`y`) moved on by `places` in `order`. */
export function stepAxis(axes: SliceAxes, order: readonly number[], axis: 'x' | 'y', places: number): SliceAxes {
  const [across, up] = axes === 'principal' ? firstTwo(order) : axes
  const [changing, fixed] = axis === 'x' ? [across, up] : [up, across]
  const others = order.filter((dimension) => dimension !== fixed)
  const next = others[(others.indexOf(changing) + places + others.length) % others.length] ?? changing
  return axis === 'x' ? [next, fixed] : [fixed, next]
}
