/** Rows of text as a standalone SVG, for the key `w` and the README. */

import { width } from '../../base/text.js'
import { escapeXml } from '../svg/svg.js'
import { drawRow } from './row.js'
import { cell } from './shapes.js'
import { ground } from './theme.js'

/** Options of an SVG of rows. */
export interface SvgOptions {
  /** Accessible label; default none. */
  readonly title?: string
}

/** Screen of an animation. */
export interface Frame {
  readonly rows: readonly string[]
  /** Display time. */
  readonly seconds: number
}

/** Margin around the cells. */
const margin = 12
/** Pixels per unit; the font size becomes 16.6 pixels. */
const scale = 1.25

const fonts = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
const style =
  '.l{fill:none;stroke-width:1}.d{fill:none;stroke-width:3;stroke-linecap:round}text{white-space:pre}' +
  '@media(prefers-reduced-motion:reduce){g{animation:none!important}}'

/** Draws the rows in colour on a dark ground, every character in its cell with any font. */
export function toSvg(rows: readonly string[], options: SvgOptions = {}): string {
  return document(rows.map(drawRow).join(''), rows, options)
}

/**
 * Loops through the screens by CSS alone, because images run no scripts. A row that stays unchanged across screens is
 * written once. Without animation the first screen shows.
 */
export function toAnimatedSvg(frames: readonly Frame[], options: SvgOptions = {}): string {
  const total = frames.reduce((sum, { seconds }) => sum + seconds, 0)
  const count = Math.max(0, ...frames.map(({ rows }) => rows.length))
  const starts = frames.map((_, i) => frames.slice(0, i).reduce((sum, { seconds }) => sum + seconds, 0) / total)
  const windows = new Map<string, string>()
  let body = ''
  for (let row = 0; row < count; row++)
    for (const [from, to] of spans(frames.map(({ rows }) => rows[row] ?? ''))) {
      const drawn = drawRow(frames[from]?.rows[row] ?? '', row)
      if (from === 0 && to === frames.length) body += drawn
      else {
        const key = `${from}-${to}`
        const name = windows.get(key) ?? `a${windows.size}`
        windows.set(key, name)
        body += `<g class="${name}">${drawn}</g>`
      }
    }
  const rules = [...windows].map(([key, name]) => {
    const [from = 0, to = 0] = key.split('-').map(Number)
    return visibilityRule(name, starts[from] ?? 0, starts[to] ?? 1, total)
  })
  return document(
    `<style>${rules.join('')}</style>${body}`,
    frames.flatMap(({ rows }) => rows),
    options,
    count,
  )
}

/** Ranges of the list with equal entries; `to` is excluded. */
function spans(list: readonly string[]): [from: number, to: number][] {
  const changes = list.map((_, i) => i).filter((i) => i === 0 || list[i] !== list[i - 1])
  return changes.map((from, i) => [from, changes[i + 1] ?? list.length])
}

/** CSS rule that shows an element during one part of the time only. */
function visibilityRule(name: string, from: number, to: number, seconds: number): string {
  const percent = (share: number) => `${Math.round(share * 1e5) / 1e3}%`
  const before = from > 0 ? `0%{visibility:hidden}` : ''
  const after = to < 1 ? `${percent(to)}{visibility:hidden}` : ''
  const frames = `${before}${percent(from)}{visibility:visible}${after}`
  const still = from > 0 ? 'visibility:hidden;' : ''
  return `.${name}{${still}animation:${name} ${Math.round(seconds * 1000) / 1000}s step-end infinite}@keyframes ${name}{${frames}}`
}

function document(body: string, rows: readonly string[], { title = '' }: SvgOptions, count = rows.length): string {
  const [w, h] = [Math.max(1, ...rows.map(width)) * cell.width + 2 * margin, count * cell.height + 2 * margin]
  const named = title === '' ? '' : ` aria-label="${escapeXml(title)}"`
  const size = `viewBox="0 0 ${w} ${h}" width="${w * scale}" height="${h * scale}"`
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img"${named} font-family="${fonts}" font-size="13.3">` +
    `<style>${style}</style><rect width="100%" height="100%" rx="6" fill="${ground}"/>` +
    `<g transform="translate(${margin} ${margin})">${body}</g></svg>\n`
  )
}
