/** Words in as much room as there is. */
import { width } from '../../base/text.js'

/** As many of the parts as fit into so many cells, from the first; empty ones are passed over. */
export function fitting(parts: readonly string[], between: string, cells: number): string {
  let row = ''
  for (const part of parts.filter(Boolean)) {
    const next = row === '' ? part : row + between + part
    if (width(next) > cells) break
    row = next
  }
  return row
}

/** A text in lines of so many cells, broken between words. */
export function wrapped(text: string, cells: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ').filter(Boolean)) {
    const last = lines.at(-1)
    if (last !== undefined && width(last) + 1 + width(word) <= cells) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
