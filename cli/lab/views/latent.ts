/** Latent plane of a run: means of q(z|x) of the probe examples, coloured by class. */
import type { ProbeEvent } from '../../../index.js'
import type { Style } from '../../base/style.js'
import { clip } from '../../charts/text/layout.js'
import { scatter } from '../../charts/text/scatter.js'
import type { Size } from '../../charts/text/surface.js'
import { ObjectMemo } from '../state/memo.js'

const scatters = new ObjectMemo<ProbeEvent, string[]>()

/** Draws the first two latent dimensions in exactly this size; of a single one, the classes are the second axis. */
export function latentRows(
  probe: ProbeEvent | undefined,
  size: Size,
  style: Style,
  names?: readonly string[],
): string[] {
  if (probe === undefined) return clip(['', style.dim(' after the first epoch')], size)
  return scatters.get(probe, [size.columns, size.rows, style.depth, style.charset], () => {
    const { data, shape } = probe.latents
    const [n, d] = shape
    const column = (j: number) => Float32Array.from({ length: n }, (_, i) => data[i * d + j] ?? 0)
    const labels = probe.labels
    // A single dimension would be one line that hides everything: stack the classes instead.
    const y = d > 1 ? column(1) : Float32Array.from({ length: n }, (_, i) => ((labels?.[i] ?? 0) - 4.5) / 3)
    return scatter({ x: column(0), y, ...(labels && { labels }), ...(names && { names }), prior: d > 1 }, size, style)
  })
}
