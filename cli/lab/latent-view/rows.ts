/** View of the explorer. */

import type { Style } from '../../base/style.js'
import { justify, width } from '../../base/text.js'
import { count, percent } from '../../charts/format.js'
import { beside, clip, overlayCentred } from '../../charts/text/layout.js'
import { inside, panel } from '../../charts/text/panel.js'
import type { Size } from '../../charts/text/surface.js'
import type { Lab } from '../state/lab.js'
import { fitParts, wrap } from '../views/fitting.js'
import { type Explorer, explorerOf } from './explorer.js'
import { priorLabel, zLabel } from './labels.js'
import { mapRows, tileOf } from './map.js'
import { stripRows } from './path-strip.js'
import { sidebarRows } from './sidebar.js'

/** Width of the sidebar with its frame: limits in cells, and its share of the screen between them. */
const [minWidth, maxWidth, widthShare] = [30, 60, 0.3]

/** Draws the latent space of the selected run in exactly this size. */
export function explorerRows(lab: Lab, size: Size, style: Style): string[] {
  const explorer = explorerOf(lab)
  const layout = layoutOf(explorer, size)
  const shape = explorer.model?.vae.shape ?? []
  explorer.show(lab.selected, inside(layout.map), tileOf(shape, style))
  if (explorer.model === undefined) return clip(reasonRows(explorer, size, style), size)
  const map = panel(
    { ...mapTitle(explorer, layout.map.columns), rows: mapRows(explorer, inside(layout.map), style) },
    layout.map,
    style,
  )
  const side = sidebarRows(explorer, layout.side, style)
  const strip = stripRows(explorer, layout.strip, style)
  return [header(explorer, size.columns, style), ...beside([map, side]), ...strip].slice(0, size.rows)
}

/** Sizes of the parts below the header row. */
interface Layout {
  readonly map: Size
  readonly side: Size
  readonly strip: Size
}

function layoutOf({ layers }: Explorer, { columns, rows }: Size): Layout {
  const strip = layers.has('path') ? Math.min(16, Math.max(1, Math.floor((rows - 1) / 4))) : 0
  const body = Math.max(0, rows - 1 - strip)
  const side = Math.min(Math.floor(columns / 2), maxWidth, Math.max(minWidth, Math.floor(columns * widthShare)))
  return {
    map: { columns: columns - side, rows: body },
    side: { columns: side, rows: body },
    strip: { columns, rows: strip },
  }
}

/** Header: `‹ explorer  warm-fox  epoch 14     z₀ × z₁   z = (−0.29, −1.72)   p(z) 0.035   decoded in 0.4 ms`. */
function header(explorer: Explorer, columns: number, style: Style): string {
  const { lab, model, codes, view, cursor, caches, latentDim } = explorer
  const { slice, atCursor } = view
  const epoch = model?.vae.trained.epoch ?? 0
  const epochs = codes.epoch === epoch ? `epoch ${epoch}` : `codes of epoch ${codes.epoch}, decoder of epoch ${epoch}`
  const left = ` ‹ explorer  ${style.bold(lab.selected?.name ?? '')}  ${epochs}`
  const { decoding } = caches.image
  const right = [
    slice.names.filter(Boolean).join(' × '),
    zLabel(atCursor.z, slice, cursor),
    priorLabel(atCursor.logPrior, latentDim),
    decoding === undefined ? '' : `decoded in ${decoding.milliseconds.toFixed(1)} ms`,
  ]
  return justify(left, `${fitParts(right, '   ', columns - width(left) - 3)} `, columns)
}

/** Title of the map, `q(z|x) of 2,000 examples`, with its zoom and axes. */
function mapTitle(explorer: Explorer, columns: number): { title: string; right: string } {
  const { codes, showsManifold, window, axes, view, prior, latentDim } = explorer
  const [n] = codes.means.shape
  const what = showsManifold ? 'decoded everywhere' : prior === undefined ? 'codes' : 'q(z|x)'
  const title = n === 0 || showsManifold ? what : `${what} of ${count(n)} examples`
  const zoom = `zoom ${window?.zoom ?? 1}×`
  const principal = axes === 'principal' ? `${percent(view.principal.share)} of the variance` : ''
  const plane = axes !== 'principal' && latentDim > 2 ? `2 of ${latentDim} dimensions` : ''
  return { title, right: fitParts([zoom, principal, plane], ' · ', columns - width(title) - 9) }
}

/** Draws the reason for no model in a frame. */
function reasonRows(explorer: Explorer, size: Size, style: Style): string[] {
  const words = explorer.reason ?? 'loading the model …'
  const rows = panel({ title: 'explorer', rows: [] }, size, style)
  return overlayCentred(rows, wrap(words, Math.max(1, size.columns - 6)))
}
