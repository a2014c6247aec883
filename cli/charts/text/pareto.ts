/**
 * Indices of the Pareto front, by the first coordinate: less of both is better, and a point is dominated by one that is
 * no worse in either coordinate and better in one. Ignores points that are not finite.
 */
export function paretoFront(points: readonly (readonly [number, number])[]): number[] {
  const order = points
    .map((_, i) => i)
    .filter((i) => points[i]?.every(Number.isFinite))
    .sort((a, b) => (points[a]?.[0] ?? 0) - (points[b]?.[0] ?? 0) || (points[a]?.[1] ?? 0) - (points[b]?.[1] ?? 0))
  const front: number[] = []
  let lowest = Number.POSITIVE_INFINITY
  let last: readonly [number, number] | undefined
  for (const i of order) {
    const point = points[i]
    if (point === undefined) continue
    const twin = last !== undefined && point[0] === last[0] && point[1] === last[1]
    if (point[1] < lowest || twin) {
      front.push(i)
      lowest = point[1]
      last = point
    }
  }
  return front
}
