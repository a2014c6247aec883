/** Sidebar of the map: p(x|z) at the cursor, and facts about this point. */
import type { Picture } from '../../../index.js'
import type { Style } from '../../base/style.js'
import { count } from '../../charts/format.js'
import { bars } from '../../charts/text/bar.js'
import { clip } from '../../charts/text/layout.js'
import { inside, panel } from '../../charts/text/panel.js'
import { pictures, portrait } from '../../charts/text/picture.js'
import { pixelsPerCell } from '../../charts/text/pixels.js'
import type { Size } from '../../charts/text/surface.js'
import { gather } from '../../latent/subset.js'
import { wrap } from '../views/fitting.js'
import type { Explorer } from './explorer.js'
import { allCoordinates, className, scaleLabel } from './labels.js'

/** Minimum rows of a useful picture. */
const minPictureRows = 5

/** Minimum rows of the facts below the picture, with their frame. */
const minFacts = 6

/** Draws the picture and the facts in exactly this size. */
export function sidebarRows(explorer: Explorer, size: Size, style: Style): string[] {
  const { columns } = size
  const picture = imageOf(explorer)
  const needed = picture === undefined ? Math.ceil(size.rows / 2) : heightOf(picture, size, style)
  const rows = Math.max(0, Math.min(size.rows - minFacts, needed))
  const upper = { columns, rows }
  const lower = { columns, rows: size.rows - rows }
  const title = explorer.model?.prior === undefined ? 'decoded here' : 'p(x|z) at the cursor'
  const content = decodedRows(explorer, picture, inside(upper), style)
  const facts = factRows(explorer, inside(lower), style)
  return [...panel({ title, rows: content }, upper, style), ...panel({ title: 'here', rows: facts }, lower, style)]
}

/** Decoded picture at the cursor; undefined for vectors and until decoded. */
function imageOf({ caches, model }: Explorer): Picture | undefined {
  const { decoding } = caches.image
  if (decoding === undefined || model === undefined) return undefined
  return pictures(decoding.means, model.range)[0]
}

/** Draws the picture, or the values of a vector, in exactly this size. */
function decodedRows(explorer: Explorer, picture: Picture | undefined, size: Size, style: Style): string[] {
  if (picture === undefined) return valueRows(explorer, size, style)
  const { caches, memo } = explorer
  const draw = () => portrait(picture, size, style)
  return memo.image.get([caches.image.decoding, size.columns, size.rows, style], draw)
}

/** Rows of the picture with its frame, as large as the columns allow. */
function heightOf({ shape: [height, wide] }: Picture, { columns }: Size, style: Style): number {
  const per = pixelsPerCell(style)
  const room = (columns - 2) * per.width
  const scale = room >= wide ? Math.floor(room / wide) : room / wide
  return Math.ceil((height * scale) / per.height) + 2
}

/** Draws the largest values of a vector, in index order; of standardized columns those furthest from their means. */
function valueRows({ caches, model }: Explorer, size: Size, style: Style): string[] {
  const { decoding } = caches.image
  if (decoding === undefined || model === undefined || model.vae.shape.length > 1) return clip([], size)
  const { columns, scale } = model.vae
  const sizeOf = (value: number, i: number) =>
    Math.abs(scale.type === 'standardize' ? (value - (scale.mean[i] ?? 0)) / (scale.deviation[i] ?? 1) : value)
  const all = Array.from(decoding.means.data, (value, i) => ({ value, size: sizeOf(value, i), i }))
  const largest = [...all].sort((a, b) => b.size - a.size).slice(0, size.rows)
  const shown = largest
    .sort((a, b) => a.i - b.i)
    .map(({ value, size, i }) => {
      const name = columns?.[i] ?? `x${i}`
      return { name, value: size, text: value.toFixed(2).replace('-', '−'), ink: style.ink.accent }
    })
  return bars(shown, size, style)
}

/** Draws facts about the point, the most informative first, and the nearest example if there is room. */
function factRows(explorer: Explorer, size: Size, style: Style): string[] {
  const { columns } = size
  const facts = [
    ...classRows(explorer, columns, style),
    densityLine(explorer, style),
    nearestLine(explorer),
    chosenLine(explorer),
  ].filter((row) => row !== '')
  const notes = wrap(notesOf(explorer), columns).map(style.dim)
  const left = size.rows - facts.length
  if (left < minPictureRows) return clip([...facts, ...notes], size)
  const hasPicture = explorer.model?.examples !== undefined && explorer.model.vae.shape.length > 1
  const shownNotes = !hasPicture || left - notes.length >= minPictureRows ? notes : []
  const room = { columns, rows: left - shownNotes.length }
  return clip([...facts, ...shownNotes, ...(hasPicture ? nearestRows(explorer, room, style) : [])], size)
}

/** Draws the four most frequent classes of the nearest examples. */
function classRows(explorer: Explorer, columns: number, style: Style): string[] {
  const shown = explorer.view.atCursor.classes.slice(0, 4).map(({ label, share }) => {
    return { name: className(explorer, label), value: share, text: share.toFixed(2), ink: style.series(label) }
  })
  return shown.length === 0 ? [] : bars(shown, { columns, rows: Math.ceil(shown.length / 2) }, style, 1)
}

/** Density line: `density of q p62  no hole`. */
function densityLine(explorer: Explorer, style: Style): string {
  const { view, prior } = explorer
  const { percentile, densityClass } = view.atCursor
  if (Number.isNaN(percentile)) return ''
  const outside = prior === undefined ? 'far from all codes' : 'outside'
  const words = { among: prior === undefined ? '' : 'no hole', hole: style.yellow('▲ a hole'), outside }[densityClass]
  return `density of ${densityOf(explorer)} p${Math.round(100 * percentile)}  ${words}`.trimEnd()
}

/** Source of the density: q, or the codes if only their means are known or q is a point. */
function densityOf({ codes: { encoding } }: Explorer): 'q' | 'codes' {
  return encoding === undefined || encoding.posterior === 'deterministic' ? 'codes' : 'q'
}

/** Nearest examples: `nearest #1,242  9 9 4 9 9`. */
function nearestLine(explorer: Explorer): string {
  const { codes, view } = explorer
  const { nearest } = view.atCursor
  if (nearest.length === 0) return ''
  const { labels } = codes
  const classes = labels && nearest.slice(0, 5).map((i) => className(explorer, labels[i] ?? -1))
  return `nearest #${count(nearest[0] ?? 0)}${classes === undefined ? '' : `  ${classes.join(' ')}`}`
}

/** Chosen example and its posterior: `#1,242 (9)  σ 0.11 × 0.18`. */
function chosenLine(explorer: Explorer): string {
  const { chosen, codes, view, prior } = explorer
  if (chosen === undefined) return ''
  const label = codes.labels?.[chosen]
  const name = `#${count(chosen)}${label === undefined ? '' : ` (${className(explorer, label)})`}`
  if (prior === undefined) return `${name}  a point`
  const { posterior, slice } = view
  return `${name}  ${posterior === undefined ? 'mean alone' : scaleLabel(posterior, slice)}`
}

/** Notes: all of z above three dimensions, and the meaning of the density line. */
function notesOf(explorer: Explorer): string {
  const { view, prior } = explorer
  const { z, percentile } = view.atCursor
  const all = z.length > 3 ? `z: ${allCoordinates(z)}. ` : ''
  if (Number.isNaN(percentile)) return all
  const density = `p62: denser than at 62 % of ${densityOf(explorer) === 'q' ? 'draws from q' : 'codes'}.`
  return `${all}${density}${prior === undefined ? '' : ' A hole: p(z) draws it, and it is below p2.'}`
}

/** Draws the nearest example in exactly this size. */
function nearestRows({ model, view, memo }: Explorer, size: Size, style: Style): string[] {
  const [first] = view.atCursor.nearest
  return memo.neighbour.get([model, first, size.columns, size.rows, style], () => {
    if (model?.examples === undefined || first === undefined || first >= model.examples.length) return []
    const [picture] = pictures(gather(model.examples, [first]), model.range)
    return picture === undefined ? [] : portrait(picture, size, style)
  })
}
