/** What a run makes of pictures: the first examples beside their reconstructions, or draws from its prior. */
import type { Picture, ProbeEvent } from '../../../index.js'
import type { Style } from '../../base/style.js'
import { clip } from '../../charts/text/layout.js'
import { pictures, strip } from '../../charts/text/picture.js'
import type { Size } from '../../charts/text/surface.js'
import { samplesTitle } from '../../reporters/summary.js'
import type { Pictures } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { Kept } from './kept.js'

const drawings = new Kept<ProbeEvent>()

/** `reconstructions  x → x̂`, or what draws from the prior are for this family. */
export function picturesTitle(which: Pictures, run: LabRun): string {
  return which === 'reconstructions' ? 'reconstructions  x → x̂' : samplesTitle(run.history.start?.options.posterior)
}

/** As many pictures of a probe as fit, in exactly this size; nothing for vectors. */
export function pictureRows(
  which: Pictures,
  run: LabRun,
  probe: ProbeEvent | undefined,
  size: Size,
  style: Style,
): string[] {
  if (probe === undefined) return clip([], size)
  const { columns, rows } = size
  return drawings.of(probe, [which, columns, rows, style.depth, style.charset], () => {
    const groups = which === 'samples' ? pictures(probe.samples).map((one) => [one]) : pairs(run, probe)
    return clip(strips(groups, size, which === 'samples' ? 1 : 3, style), size)
  })
}

/** Pictures lower than that are hard to read … */
const fewestRows = 7
/** … and as many in a group show what there is to see. */
const enough = 6

/** Groups in as many strips above each other as it takes to show enough of them. */
function strips(groups: readonly (readonly Picture[])[], { columns, rows }: Size, gap: number, style: Style): string[] {
  const group = groups[0] ?? []
  const [height = 1, width = 1] = group[0]?.shape ?? []
  // A cell is twice as high as it is wide.
  const across = (high: number) =>
    Math.max(1, Math.floor((columns + gap) / (group.length * (2 * high * (width / height) + 1) - 1 + gap)))
  const shown = (count: number) => count * across(Math.floor(rows / count))
  let count = 1
  for (let more = 2; Math.floor(rows / more) >= fewestRows && shown(count) * group.length < enough; more++)
    if (shown(more) > shown(count)) count = more
  const [high, each] = [Math.floor(rows / count), across(Math.floor(rows / count))]
  return Array.from({ length: count }, (_, i) => groups.slice(i * each, (i + 1) * each)).flatMap((some) =>
    clip(strip(some, columns, high, style, gap), { columns, rows: high }),
  )
}

/** x and x̂; x̂ alone where the data are not here. */
function pairs({ originals }: LabRun, probe: ProbeEvent) {
  return pictures(probe.reconstructions).map((picture, i) => {
    const original = originals[i]
    return original === undefined ? [picture] : [original, picture]
  })
}
