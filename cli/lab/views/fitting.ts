/** Text fitted to a width in cells. */
import { width } from '../../base/text.js'

/** Joins the leading parts that fit into `cells`; skips empty ones. */
export function fitParts(parts: readonly string[], between: string, cells: number): string {
  let row = ''
  for (const part of parts.filter(Boolean)) {
    const next = row === '' ? part : row + between + part
    if (width(next) > cells) break
    row = next
  }
  return row
}

/** Wraps a text between words into lines of at most `cells`. */
export function wrap(text: string, cells: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ').filter(Boolean)) {
    const last = lines.at(-1)
    if (last !== undefined && width(last) + 1 + width(word) <= cells) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
