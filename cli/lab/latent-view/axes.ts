/** What spans a section. Letters: d latent dimensions. */

/** Two dimensions, or the two directions in which the codes vary most. */
export type Axes = readonly [across: number, up: number] | 'principal'

/** The two dimensions that carry most, where `order` has all of them, those that carry most first. */
export function firstOf([across = 0, up = 1]: readonly number[]): readonly [across: number, up: number] {
  return [across, up]
}

/** With another dimension across (`x`) or upwards (`y`): the one that stands so many places further down in the order. */
export function turned(axes: Axes, order: readonly number[], axis: 'x' | 'y', places: number): Axes {
  const [across, up] = axes === 'principal' ? firstOf(order) : axes
  const [turning, staying] = axis === 'x' ? [across, up] : [up, across]
  const others = order.filter((dimension) => dimension !== staying)
  const next = others[(others.indexOf(turning) + places + others.length) % others.length] ?? turning
  return axis === 'x' ? [next, staying] : [staying, next]
}
