/**
 * Which of the points no other one beats: less of both is better, and a point is beaten by one that is no worse in
 * either and better in one. Their places in the list, by the first coordinate; what is not finite never counts.
 */
export function paretoFront(points: readonly (readonly [number, number])[]): number[] {
  const order = points
    .map((_, i) => i)
    .filter((i) => points[i]?.every(Number.isFinite))
    .sort((a, b) => (points[a]?.[0] ?? 0) - (points[b]?.[0] ?? 0) || (points[a]?.[1] ?? 0) - (points[b]?.[1] ?? 0))
  const front: number[] = []
  let least = Number.POSITIVE_INFINITY
  let last: readonly [number, number] | undefined
  for (const i of order) {
    const point = points[i]
    if (point === undefined) continue
    const twin = last !== undefined && point[0] === last[0] && point[1] === last[1]
    if (point[1] < least || twin) {
      front.push(i)
      least = point[1]
      last = point
    }
  }
  return front
}
