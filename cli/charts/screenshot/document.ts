/** Rows of text as an SVG that stands alone: what `w` writes, and what a README shows. */

import { width } from '../../base/text.js'
import { escaped } from '../svg/svg.js'
import { drawRow } from './row.js'
import { cell } from './shapes.js'
import { ground } from './theme.js'

/** What an SVG of rows says besides them. */
export interface SvgOptions {
  /** Told to who cannot see the picture; default none. */
  readonly title?: string
}

/** A screen in an animation. */
export interface Frame {
  readonly rows: readonly string[]
  /** How long it is shown. */
  readonly seconds: number
}

/** Ground around the cells. */
const margin = 12
/** Pixels to a unit: letters are then 16 pixels high. */
const scale = 1.25

const fonts = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
const style =
  '.l{fill:none;stroke-width:1}.d{fill:none;stroke-width:3;stroke-linecap:round}text{white-space:pre}' +
  '@media(prefers-reduced-motion:reduce){g{animation:none!important}}'

/** The rows in their colours on a dark ground, every character in its cell whatever fonts there are. */
export function toSvg(rows: readonly string[], options: SvgOptions = {}): string {
  return document(rows.map(drawRow).join(''), rows, options)
}

/**
 * Screens one after the other, over and over, by CSS alone: it runs where an image may run no script. A row that stays
 * as it is from one screen to the next is there once. Where nothing moves, the first screen is seen.
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
    return shown(name, starts[from] ?? 0, starts[to] ?? 1, total)
  })
  return document(
    `<style>${rules.join('')}</style>${body}`,
    frames.flatMap(({ rows }) => rows),
    options,
    count,
  )
}

/** The places from which, and up to which (not included), the list stays the same. */
function spans(list: readonly string[]): [from: number, to: number][] {
  const changes = list.map((_, i) => i).filter((i) => i === 0 || list[i] !== list[i - 1])
  return changes.map((from, i) => [from, changes[i + 1] ?? list.length])
}

/** The rule of what is seen during one part of the time only. */
function shown(name: string, from: number, to: number, seconds: number): string {
  const percent = (share: number) => `${Math.round(share * 1e5) / 1e3}%`
  const before = from > 0 ? `0%{visibility:hidden}` : ''
  const after = to < 1 ? `${percent(to)}{visibility:hidden}` : ''
  const frames = `${before}${percent(from)}{visibility:visible}${after}`
  const still = from > 0 ? 'visibility:hidden;' : ''
  return `.${name}{${still}animation:${name} ${Math.round(seconds * 1000) / 1000}s step-end infinite}@keyframes ${name}{${frames}}`
}

function document(body: string, rows: readonly string[], { title = '' }: SvgOptions, count = rows.length): string {
  const [w, h] = [Math.max(1, ...rows.map(width)) * cell.width + 2 * margin, count * cell.height + 2 * margin]
  const named = title === '' ? '' : ` aria-label="${escaped(title)}"`
  const size = `viewBox="0 0 ${w} ${h}" width="${w * scale}" height="${h * scale}"`
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img"${named} font-family="${fonts}" font-size="13.3">` +
    `<style>${style}</style><rect width="100%" height="100%" rx="6" fill="${ground}"/>` +
    `<g transform="translate(${margin} ${margin})">${body}</g></svg>\n`
  )
}
