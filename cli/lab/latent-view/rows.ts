/** The explorer on the screen. */

import type { Style } from '../../base/style.js'
import { ends, width } from '../../base/text.js'
import { count, percent } from '../../charts/format.js'
import { beside, centred, clip } from '../../charts/text/layout.js'
import { inside, panel } from '../../charts/text/panel.js'
import type { Size } from '../../charts/text/surface.js'
import type { Lab } from '../state/lab.js'
import { fitting, wrapped } from '../views/fitting.js'
import { type Explorer, explorerOf } from './explorer.js'
import { mapRows, tileOf } from './map.js'
import { sideRows } from './side.js'
import { stripRows } from './strip.js'
import { priorWords, zWords } from './words.js'

/** The picture beside the map is so many cells wide at least and at most, with its frame, and else this share of the screen. */
const [narrowest, widest, share] = [30, 60, 0.3]

/** The latent space of the selected run in exactly this size. */
export function explorerRows(lab: Lab, size: Size, style: Style): string[] {
  const explorer = explorerOf(lab)
  const layout = layoutOf(explorer, size)
  const shape = explorer.subject?.vae.shape ?? []
  explorer.look(lab.selected, inside(layout.map), tileOf(shape, style))
  if (explorer.subject === undefined) return clip(refusal(explorer, size, style), size)
  const map = panel(
    { ...mapTitle(explorer, layout.map.columns), rows: mapRows(explorer, inside(layout.map), style) },
    layout.map,
    style,
  )
  const side = sideRows(explorer, layout.side, style)
  const strip = stripRows(explorer, layout.strip, style)
  return [header(explorer, size.columns, style), ...beside([map, side]), ...strip].slice(0, size.rows)
}

/** Where everything goes: the header takes the first row. */
interface Layout {
  readonly map: Size
  readonly side: Size
  readonly strip: Size
}

function layoutOf({ layers }: Explorer, { columns, rows }: Size): Layout {
  const strip = layers.has('path') ? Math.min(16, Math.max(1, Math.floor((rows - 1) / 4))) : 0
  const body = Math.max(0, rows - 1 - strip)
  const side = Math.min(Math.floor(columns / 2), widest, Math.max(narrowest, Math.floor(columns * share)))
  return {
    map: { columns: columns - side, rows: body },
    side: { columns: side, rows: body },
    strip: { columns, rows: strip },
  }
}

/** `‹ explorer  warm-fox  epoch 14     z₀ × z₁   z = (−0.29, −1.72)   p(z) 0.035   decoded in 0.4 ms`. */
function header(explorer: Explorer, columns: number, style: Style): string {
  const { lab, subject, codes, outlook, cursor, decodings, latentDim } = explorer
  const { section, here } = outlook
  const epoch = subject?.vae.trained.epoch ?? 0
  const looked = codes.epoch === epoch ? `epoch ${epoch}` : `codes of epoch ${codes.epoch}, decoder of epoch ${epoch}`
  const left = ` ‹ explorer  ${style.bold(lab.selected?.name ?? '')}  ${looked}`
  const { decoding } = decodings.image
  const right = [
    section.names.filter(Boolean).join(' × '),
    zWords(here.z, section, cursor),
    priorWords(here.prior, latentDim),
    decoding === undefined ? '' : `decoded in ${decoding.milliseconds.toFixed(1)} ms`,
  ]
  return ends(left, `${fitting(right, '   ', columns - width(left) - 3)} `, columns)
}

/** `q(z|x) of 2,000 examples`, and how the map is looked at. */
function mapTitle(explorer: Explorer, columns: number): { title: string; right: string } {
  const { codes, covered, window, axes, outlook, prior, latentDim } = explorer
  const [n] = codes.means.shape
  const what = covered ? 'decoded everywhere' : prior === undefined ? 'codes' : 'q(z|x)'
  const title = n === 0 || covered ? what : `${what} of ${count(n)} examples`
  const zoom = `zoom ${window?.zoom ?? 1}×`
  const principal = axes === 'principal' ? `${percent(outlook.principal.share)} of the variance` : ''
  const plane = axes !== 'principal' && latentDim > 2 ? `2 of ${latentDim} dimensions` : ''
  return { title, right: fitting([zoom, principal, plane], ' · ', columns - width(title) - 9) }
}

/** Why there is nothing to explore, in a frame. */
function refusal(explorer: Explorer, size: Size, style: Style): string[] {
  const words = explorer.refusal ?? 'the model is being loaded'
  const rows = panel({ title: 'explorer', rows: [] }, size, style)
  return centred(rows, wrapped(words, Math.max(1, size.columns - 6)))
}
