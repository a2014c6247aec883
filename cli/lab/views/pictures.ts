/** What a run makes of pictures: the first examples beside their reconstructions, or draws from its prior. */
import type { ProbeEvent } from '../../../index.js'
import { clip } from '../../render/layout.js'
import { pictures, strip } from '../../render/picture.js'
import type { Style } from '../../render/style.js'
import { samplesTitle } from '../../render/summary.js'
import type { Size } from '../../render/surface.js'
import type { LabRun } from '../lab-run.js'
import { Kept } from './kept.js'

/** What of a probe is shown. */
export type Pictures = 'reconstructions' | 'samples'

const strips = new Kept<ProbeEvent>()

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
  return strips.of(probe, [which, columns, rows, style.depth, style.charset], () => {
    const groups = which === 'samples' ? pictures(probe.samples).map((one) => [one]) : pairs(run, probe)
    return clip(strip(groups, columns, rows, style, which === 'samples' ? 1 : 3), size)
  })
}

/** x and x̂; x̂ alone where the data are not here. */
function pairs({ originals }: LabRun, probe: ProbeEvent) {
  return pictures(probe.reconstructions).map((picture, i) => {
    const original = originals[i]
    return original === undefined ? [picture] : [original, picture]
  })
}
