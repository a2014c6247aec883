/** Colour for text: which kinds the terminal can show, and the few that are used. */

/** Bits of colour that a terminal shows: none, the 16 named ones, 256, or 24-bit. */
export type ColorDepth = 1 | 4 | 8 | 24

/** Wraps text in a colour or a weight; every member is the identity where colour is off. */
export interface Paint {
  readonly depth: ColorDepth
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] } as const

/** The paint of a terminal with so many bits of colour. */
export function paint(depth: ColorDepth): Paint {
  const wrap = (name: keyof typeof codes) => (text: string) =>
    depth === 1 || text === '' ? text : `\u001b[${codes[name][0]}m${text}\u001b[${codes[name][1]}m`
  return {
    depth,
    bold: wrap('bold'),
    dim: wrap('dim'),
    red: wrap('red'),
    green: wrap('green'),
    yellow: wrap('yellow'),
    cyan: wrap('cyan'),
  }
}

interface ColorStream {
  readonly isTTY?: boolean
  getColorDepth?(env?: Record<string, string | undefined>): number
}

/**
 * What a stream can show. `NO_COLOR` (set and not empty) and `TERM=dumb` switch colour off, `FORCE_COLOR` switches it
 * on where the stream is a pipe; Node knows the rest from `TERM` and `COLORTERM`.
 */
export function colorDepth(stream: ColorStream, env: Record<string, string | undefined>, allowed = true): ColorDepth {
  if (!allowed || env.NO_COLOR || env.TERM === 'dumb') return 1
  const forced = env.FORCE_COLOR
  if (forced === '0' || forced === 'false') return 1
  if (forced !== undefined) return forced === '3' ? 24 : forced === '2' ? 8 : 4
  if (stream.isTTY !== true) return 1
  const depth = stream.getColorDepth?.({ ...env }) ?? 1
  return depth >= 24 ? 24 : depth >= 8 ? 8 : depth >= 4 ? 4 : 1
}

/** The text without its escape sequences. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what an escape sequence starts with
  return text.replace(/\u001b\[[0-9;]*m/g, '')
}

/** How many cells the text takes; every character that is drawn here is one cell wide. */
export function width(text: string): number {
  return [...plain(text)].length
}

/** The text with spaces up to so many cells. */
export function pad(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - width(text)))
}
