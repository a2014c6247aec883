/** Straight segment from (x0, y0) to (x1, y1). */
export type Segment = readonly [x0: number, y0: number, x1: number, y1: number]

/**
 * Clips a segment to a rectangle of dots and rounds it to dots (Liang and Barsky), so that far ends cost nothing.
 * Returns undefined if nothing is left, or an end is not finite.
 */
export function clipSegment(width: number, height: number, [x0, y0, x1, y1]: Segment): Segment | undefined {
  const [dx, dy] = [x1 - x0, y1 - y0]
  // Between the shares `from` and `to` of its length it is within all edges so far.
  let [from, to] = [0, 1]
  const edges = [
    [-dx, x0],
    [dx, width - 1 - x0],
    [-dy, y0],
    [dy, height - 1 - y0],
  ] as const
  for (const [towards, away] of edges) {
    if (!Number.isFinite(towards) || (towards === 0 && away < 0)) return undefined
    if (towards < 0) from = Math.max(from, away / towards)
    if (towards > 0) to = Math.min(to, away / towards)
  }
  if (from > to) return undefined
  const at = (share: number): [number, number] => [Math.round(x0 + share * dx), Math.round(y0 + share * dy)]
  return [...at(from), ...at(to)]
}
