/** Beside the map: p(x|z) at the cursor, and what is known of the place. */
import type { Picture } from '../../../index.js'
import type { Style } from '../../base/style.js'
import { count } from '../../charts/format.js'
import { bars } from '../../charts/text/bar.js'
import { clip } from '../../charts/text/layout.js'
import { inside, panel } from '../../charts/text/panel.js'
import { pictures, portrait } from '../../charts/text/picture.js'
import { pixelsPerCell } from '../../charts/text/pixels.js'
import type { Size } from '../../charts/text/surface.js'
import { gathered } from '../../latent/subset.js'
import { wrapped } from '../views/fitting.js'
import type { Explorer } from './explorer.js'
import { shades } from './map.js'
import { allWords, className, spreadWords } from './words.js'

/** A picture of fewer rows shows nothing. */
const fewestPictureRows = 5

/** Rows that the facts need below the picture, with their frame. */
const fewestFacts = 6

/** The picture and the facts in exactly this size. */
export function sideRows(explorer: Explorer, size: Size, style: Style): string[] {
  const { columns } = size
  const picture = imageOf(explorer)
  const wanted = picture === undefined ? Math.ceil(size.rows / 2) : heightOf(picture, size, style)
  const rows = Math.max(0, Math.min(size.rows - fewestFacts, wanted))
  const upper = { columns, rows }
  const lower = { columns, rows: size.rows - rows }
  const title = explorer.subject?.prior === undefined ? 'decoded here' : 'p(x|z) at the cursor'
  const content = decodedRows(explorer, picture, inside(upper), style)
  const facts = factRows(explorer, inside(lower), style)
  return [...panel({ title, rows: content }, upper, style), ...panel({ title: 'here', rows: facts }, lower, style)]
}

/** The picture that the decoder made of the cursor; undefined of vectors, and until there is one. */
function imageOf({ decodings, subject }: Explorer): Picture | undefined {
  const { decoding } = decodings.image
  if (decoding === undefined || subject === undefined) return undefined
  return shades(pictures(decoding.means), subject.range)[0]
}

/** The picture, or of a vector its values, in exactly this size. */
function decodedRows(explorer: Explorer, picture: Picture | undefined, size: Size, style: Style): string[] {
  if (picture === undefined) return values(explorer, size, style)
  const { decodings, drawn } = explorer
  const draw = () => portrait(picture, size, style)
  return drawn.image.of([decodings.image.decoding, size.columns, size.rows, style], draw)
}

/** Rows that the picture takes, frame and all, as large as the columns allow. */
function heightOf({ shape: [height, wide] }: Picture, { columns }: Size, style: Style): number {
  const per = pixelsPerCell(style)
  const room = (columns - 2) * per.width
  const scale = room >= wide ? Math.floor(room / wide) : room / wide
  return Math.ceil((height * scale) / per.height) + 2
}

/** The largest values of a vector, in their order. */
function values({ decodings, subject }: Explorer, size: Size, style: Style): string[] {
  const { decoding } = decodings.image
  if (decoding === undefined || subject === undefined || subject.vae.shape.length > 1) return clip([], size)
  const all = Array.from(decoding.means.data, (value, i) => ({ value, i }))
  const largest = [...all].sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, size.rows)
  const shown = largest
    .sort((a, b) => a.i - b.i)
    .map(({ value, i }) => {
      return { name: `x${i}`, value: Math.abs(value), text: value.toFixed(2).replace('-', '−'), ink: style.ink.accent }
    })
  return bars(shown, size, style)
}

/** What is known of the place, the most telling first, and the nearest example where there is room left for it. */
function factRows(explorer: Explorer, size: Size, style: Style): string[] {
  const { columns } = size
  const facts = [
    ...classRows(explorer, columns, style),
    densityWords(explorer, style),
    nearestWords(explorer),
    chosenWords(explorer),
  ].filter((row) => row !== '')
  const notes = wrapped(notesOf(explorer), columns).map(style.dim)
  const left = size.rows - facts.length
  if (left < fewestPictureRows) return clip([...facts, ...notes], size)
  const hasPicture = explorer.subject?.examples !== undefined && explorer.subject.vae.shape.length > 1
  const told = !hasPicture || left - notes.length >= fewestPictureRows ? notes : []
  const room = { columns, rows: left - told.length }
  return clip([...facts, ...told, ...(hasPicture ? nearestRows(explorer, room, style) : [])], size)
}

/** The classes of the nearest examples, the four most frequent. */
function classRows(explorer: Explorer, columns: number, style: Style): string[] {
  const shown = explorer.outlook.here.classes.slice(0, 4).map(({ label, share }) => {
    return { name: className(explorer, label), value: share, text: share.toFixed(2), ink: style.series(label) }
  })
  return shown.length === 0 ? [] : bars(shown, { columns, rows: Math.ceil(shown.length / 2) }, style, 1)
}

/** `density of q p62  no hole`. */
function densityWords(explorer: Explorer, style: Style): string {
  const { outlook, prior } = explorer
  const { percentile, where } = outlook.here
  if (Number.isNaN(percentile)) return ''
  const outside = prior === undefined ? 'far from all codes' : 'outside'
  const words = { among: prior === undefined ? '' : 'no hole', hole: style.yellow('▲ a hole'), outside }[where]
  return `density of ${densityOf(explorer)} p${Math.round(100 * percentile)}  ${words}`.trimEnd()
}

/** What the density is that of: of q, unless the codes' means are all that is known, or all that there is. */
function densityOf({ codes: { encoding } }: Explorer): 'q' | 'codes' {
  return encoding === undefined || encoding.posterior === 'deterministic' ? 'codes' : 'q'
}

/** `nearest #1,242  9 9 4 9 9`. */
function nearestWords(explorer: Explorer): string {
  const { codes, outlook } = explorer
  const { nearest } = outlook.here
  if (nearest.length === 0) return ''
  const { labels } = codes
  const classes = labels && nearest.slice(0, 5).map((i) => className(explorer, labels[i] ?? -1))
  return `nearest #${count(nearest[0] ?? 0)}${classes === undefined ? '' : `  ${classes.join(' ')}`}`
}

/** `#1,242 (9)  σ 0.11 × 0.18`: the chosen example and its posterior. */
function chosenWords(explorer: Explorer): string {
  const { chosen, codes, outlook, prior } = explorer
  if (chosen === undefined) return ''
  const label = codes.labels?.[chosen]
  const name = `#${count(chosen)}${label === undefined ? '' : ` (${className(explorer, label)})`}`
  if (prior === undefined) return `${name}  a point`
  const { posterior, section } = outlook
  return `${name}  ${posterior === undefined ? 'mean alone' : spreadWords(posterior, section)}`
}

/** Of many dimensions all of z; and what the words above mean. */
function notesOf(explorer: Explorer): string {
  const { outlook, prior } = explorer
  const { z, percentile } = outlook.here
  const all = z.length > 3 ? `z: ${allWords(z)}. ` : ''
  if (Number.isNaN(percentile)) return all
  const density = `p62: denser than at 62 % of ${densityOf(explorer) === 'q' ? 'draws from q' : 'codes'}.`
  return `${all}${density}${prior === undefined ? '' : ' A hole: p(z) draws it, and it is below p2.'}`
}

/** The nearest example in exactly this size. */
function nearestRows({ subject, outlook, drawn }: Explorer, size: Size, style: Style): string[] {
  const [first] = outlook.here.nearest
  return drawn.neighbour.of([subject, first, size.columns, size.rows, style], () => {
    if (subject?.examples === undefined || first === undefined || first >= subject.examples.length) return []
    const [picture] = shades(pictures(gathered(subject.examples, [first])), subject.range)
    return picture === undefined ? [] : portrait(picture, size, style)
  })
}
