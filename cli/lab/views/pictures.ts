/** Probe pictures of a run: the first examples beside their reconstructions, or samples from its prior. */
import type { Picture, ProbeEvent, ValueRange } from '../../../index.js'
import type { Style } from '../../base/style.js'
import { endsOf } from '../../charts/shown.js'
import { clip } from '../../charts/text/layout.js'
import { pictures, strip } from '../../charts/text/picture.js'
import type { Size } from '../../charts/text/surface.js'
import { samplesTitle } from '../../reporters/summary.js'
import type { PictureKind } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { ObjectMemo } from '../state/memo.js'

const drawings = new ObjectMemo<ProbeEvent, string[]>()

/** Title: `reconstructions  x → x̂`, or that of the samples of this family. */
export function picturesTitle(which: PictureKind, run: LabRun): string {
  return which === 'reconstructions' ? 'reconstructions  x → x̂' : samplesTitle(run.history.start?.options.posterior)
}

/** Draws the pictures of a probe that fit, in exactly this size; nothing for vectors. */
export function pictureRows(
  which: PictureKind,
  run: LabRun,
  probe: ProbeEvent | undefined,
  size: Size,
  style: Style,
): string[] {
  if (probe === undefined) return clip([], size)
  const { columns, rows } = size
  return drawings.get(probe, [which, columns, rows, style.depth, style.charset], () => {
    const range = rangeOf(run, probe)
    const groups = which === 'samples' ? pictures(probe.samples, range).map((one) => [one]) : pairs(run, probe, range)
    return clip(strips(groups, size, which === 'samples' ? 1 : 3, style), size)
  })
}

/** Minimum rows of a readable picture. */
const minRows = 7
/** Sufficient number of pictures: with fewer, another strip is added. */
const sufficientPictures = 6

/** Draws groups in as many stacked strips as a sufficient number of pictures needs. */
function strips(groups: readonly (readonly Picture[])[], { columns, rows }: Size, gap: number, style: Style): string[] {
  const group = groups[0] ?? []
  const [height = 1, width = 1] = group[0]?.shape ?? []
  // A cell is twice as high as it is wide.
  const across = (high: number) =>
    Math.max(1, Math.floor((columns + gap) / (group.length * (2 * high * (width / height) + 1) - 1 + gap)))
  const shown = (count: number) => count * across(Math.floor(rows / count))
  let count = 1
  for (let more = 2; Math.floor(rows / more) >= minRows && shown(count) * group.length < sufficientPictures; more++)
    if (shown(more) > shown(count)) count = more
  const [high, each] = [Math.floor(rows / count), across(Math.floor(rows / count))]
  return Array.from({ length: count }, (_, i) => groups.slice(i * each, (i + 1) * each)).flatMap((some) =>
    clip(strip(some, columns, high, style, gap), { columns, rows: high }),
  )
}

/** Values shown as black and white: those of the training data, else of the probed data, else of the probe itself. */
function rangeOf({ originals }: LabRun, { reconstructions }: ProbeEvent): ValueRange {
  return reconstructions.range ?? (originals === undefined ? endsOf(reconstructions.data) : (originals.range ?? [0, 1]))
}

/** Pairs of x and x̂; x̂ alone if the data are missing. */
function pairs({ originals }: LabRun, probe: ProbeEvent, range: ValueRange) {
  const all = originals === undefined ? [] : pictures(originals, range)
  return pictures(probe.reconstructions, range).map((picture, i) => {
    const original = all[i]
    return original === undefined ? [picture] : [original, picture]
  })
}
