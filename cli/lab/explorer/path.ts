/** The straight way from one z to another: the classes that it leads through, and where one ends. */

/** Where a class ends and another begins. */
export interface Border {
  readonly from: number
  readonly to: number
  /** How much of the way is gone, between 0 and 1. */
  readonly at: number
}

/** How finely borders are looked for: a hundredth of the way is as much as is told. */
const parts = 200
/** A class that holds for fewer of these parts is a few neighbours' opinion, and no place of its own. */
const fewest = 6

/** z after the share t of the way from a to b. */
export function onTheWay(a: readonly number[], b: readonly number[], t: number): number[] {
  return a.map((value, j) => value + ((b[j] ?? 0) - value) * t)
}

/** The borders on the way, in order; `classOf` says of which class a z is, less than 0 is none. */
export function borders(
  a: readonly number[],
  b: readonly number[],
  classOf: (z: readonly number[]) => number,
): Border[] {
  const found: Border[] = []
  let last: Stretch | undefined
  for (const stretch of stretches(
    Array.from({ length: parts + 1 }, (_, part) => classOf(onTheWay(a, b, part / parts))),
  )) {
    if (stretch.label < 0 || stretch.to - stretch.from < fewest) continue
    // What lies between two classes that hold belongs to both alike.
    if (last !== undefined && last.label !== stretch.label)
      found.push({ from: last.label, to: stretch.label, at: (last.to + stretch.from - 1) / 2 / parts })
    last = stretch
  }
  return found
}

/** Parts of the way that are of one class, from the first to behind the last. */
interface Stretch {
  readonly label: number
  readonly from: number
  readonly to: number
}

function stretches(labels: readonly number[]): Stretch[] {
  const found: Stretch[] = []
  for (const [at, label] of labels.entries()) {
    const last = found.at(-1)
    if (last?.label === label) found[found.length - 1] = { ...last, to: at + 1 }
    else found.push({ label, from: at, to: at + 1 })
  }
  return found
}
