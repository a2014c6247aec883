/** Interpolations between classes: the end of the paper's section 4.2. */
import type { Figure } from '../../charts/svg/figure.js'
import { spreadIndices } from '../../latent/subset.js'
import { drawExamples } from '../pictures.js'
import type { ReportInput } from '../report-input.js'

/** Decoded steps per path, both ends included. */
const steps = 9

/** Maximum paths. */
const maxPaths = 5

/** Nearest neighbours that classify a place. */
const neighbours = 15

/** Draws straight paths between examples of different labels, each step captioned by the label of its nearest codes. */
export async function interpolationFigure(
  input: Pick<ReportInput, 'encoding' | 'examples' | 'prefix' | 'ranges' | 'signal' | 'vae'>,
): Promise<Figure | undefined> {
  const { encoding, examples, prefix, ranges, signal, vae } = input
  const { labels, labelNames } = examples
  const { data, shape } = encoding.mean
  const [, d] = shape
  const ends = labels === undefined ? [] : typicalExamples(data, d, labels)
  const named = ends.length > 1
  const stops = named ? ends : spreadIndices(examples.length, 2 * maxPaths)
  const pairs = stops
    .slice(0, 2 * maxPaths)
    .flatMap((from, k) => (k % 2 === 0 && stops[k + 1] !== undefined ? [[from, stops[k + 1] as number] as const] : []))
  if (pairs.length === 0) return undefined
  const code = (i: number) => data.subarray(i * d, (i + 1) * d)
  const codes = pairs.flatMap(([from, to]) =>
    Array.from({ length: steps }, (_, k) => interpolate(code(from), code(to), k / (steps - 1))),
  )
  const name = (label: number) => labelNames?.[label] ?? String(label)
  const captions = named && labels ? codes.map((z) => name(nearestLabel(z, data, labels))) : []
  return {
    id: `${prefix}interpolations`,
    title: named ? 'Across the borders of classes.' : 'From one example to another.',
    caption: `${named ? 'From a typical example of one label to one of another' : 'From one example to another'}, along a straight line in the latent space.${named ? ` Below each step is the label of most of its ${neighbours} nearest codes.` : ''}`,
    svg: drawExamples(await vae.decode(codes, { signal }), ranges, { columns: steps, captions }),
    data: { pairs, steps, z: codes, ...(named && { labels: captions }) },
  }
}

/** Index per label of the example whose code is nearest to the label's mean code; labels in order. */
function typicalExamples(data: Float32Array, d: number, labels: Int32Array): number[] {
  const sums = new Map<number, { sum: Float64Array; n: number }>()
  for (const [i, label] of labels.entries()) {
    const one = sums.get(label) ?? { sum: new Float64Array(d), n: 0 }
    for (let j = 0; j < d; j++) one.sum[j] = (one.sum[j] ?? 0) + (data[i * d + j] ?? 0)
    one.n += 1
    sums.set(label, one)
  }
  const nearest = new Map<number, { i: number; distance: number }>()
  for (const [i, label] of labels.entries()) {
    const { sum, n } = sums.get(label) ?? { sum: new Float64Array(d), n: 1 }
    const distance = squaredDistance(
      data.subarray(i * d, (i + 1) * d),
      sum.map((value) => value / n),
    )
    if (distance < (nearest.get(label)?.distance ?? Number.POSITIVE_INFINITY)) nearest.set(label, { i, distance })
  }
  return [...nearest].sort(([a], [b]) => a - b).map(([, { i }]) => i)
}

/** Most frequent label of the nearest codes; ties go to the label with the nearest code. */
function nearestLabel(z: ArrayLike<number>, data: Float32Array, labels: Int32Array): number {
  const d = z.length
  const near = Array.from(labels, (label, i) => ({
    label,
    distance: squaredDistance(z, data.subarray(i * d, (i + 1) * d)),
  }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, neighbours)
  const votes = new Map<number, number>()
  for (const { label } of near) votes.set(label, (votes.get(label) ?? 0) + 1)
  return [...votes].reduce((best, next) => (next[1] > best[1] ? next : best), [0, 0])[0]
}

function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let j = 0; j < a.length; j++) sum += ((a[j] ?? 0) - (b[j] ?? 0)) ** 2
  return sum
}

function interpolate(a: Float32Array, b: Float32Array, share: number): number[] {
  return Array.from(a, (value, j) => value + share * ((b[j] ?? 0) - value))
}
