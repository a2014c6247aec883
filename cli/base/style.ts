/** Capabilities of a terminal and its inks: the argument that every drawing function takes. */

import { type ColorDepth, mix, parameters, rgbOf } from './colour.js'
import { palette } from './palette.js'
import type { Ink } from './text.js'

/** Character set of curves and bars: eight dots per cell, four quarters, or letters only. */
export type Charset = 'braille' | 'block' | 'ascii'

/** Roles with an ink of their own, besides series and classes. */
export type Role = 'dim' | 'bold' | 'accent' | 'mark' | 'warning' | 'good' | 'bad' | 'selected'

/** Drawing style of a terminal. Without colour every ink is '' and every text function is the identity. */
export interface Style {
  readonly depth: ColorDepth
  readonly charset: Charset
  /** Ink of each role. */
  readonly ink: Readonly<Record<Role, Ink>>
  /** Ink of class or series `number`, from 0; repeats after ten. */
  series(number: number): Ink
  /** Ground in the class's colour, dark enough for points on it; '' below 8 bits, which lack such colours. */
  ground(number: number): Ink
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

/** Codes of the 16 named colours nearest to the palette's ten, in its order; none is white or black. */
const namedCodes = [36, 91, 32, 35, 33, 34, 94, 95, 31, 90] as const

/** Marks and warnings are both yellow: they never share a curve. */
const roles = {
  dim: '2',
  bold: '1',
  accent: '36',
  mark: '33',
  warning: '33',
  good: '32',
  bad: '31',
  selected: '7',
} as const
const noRoles = { dim: '', bold: '', accent: '', mark: '', warning: '', good: '', bad: '', selected: '' } as const

/** Share of black in a ground. */
const darkness = 0.78

/** Style of a terminal with `depth` bits of colour. */
export function styleOf(depth: ColorDepth, charset: Charset = 'braille'): Style {
  // Each ends only what it began, so they can nest.
  const wrap = (code: number, end: number) => (text: string) =>
    depth === 1 || text === '' ? text : `\u001b[${code}m${text}\u001b[${end}m`
  const [inks, grounds] = palettes(depth)
  return {
    depth,
    charset,
    ink: depth === 1 ? noRoles : roles,
    series: (number) => inks[modulo(number)] ?? '',
    ground: (number) => grounds[modulo(number)] ?? '',
    bold: wrap(1, 22),
    dim: wrap(2, 22),
    red: wrap(31, 39),
    green: wrap(32, 39),
    yellow: wrap(33, 39),
    cyan: wrap(36, 39),
  }
}

function modulo(number: number): number {
  return ((number % palette.length) + palette.length) % palette.length
}

/** Inks and grounds of the ten classes. */
function palettes(depth: ColorDepth): [inks: Ink[], grounds: Ink[]] {
  if (depth === 1) return [[], []]
  if (depth === 4) return [namedCodes.map(String), []]
  const colours = palette.map(rgbOf)
  const dark = colours.map((colour) => mix(colour, [0, 0, 0], darkness))
  return [colours.map((rgb) => `38;${parameters(rgb, depth)}`), dark.map((rgb) => `48;${parameters(rgb, depth)}`)]
}

interface ColorStream {
  readonly isTTY?: boolean
  getColorDepth?(env?: Record<string, string | undefined>): number
}

/**
 * Colour depth of a stream. `NO_COLOR` (set and not empty) and `TERM=dumb` switch colour off, `FORCE_COLOR` switches it
 * on for a pipe; Node derives the rest from `TERM` and `COLORTERM`.
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

/**
 * Likely charset of a terminal's font: letters for the Linux console and for locales other than UTF-8, blocks for the
 * Windows console.
 */
export function charsetOf(env: Record<string, string | undefined>, platform = 'linux'): Charset {
  if (platform === 'win32') return env.WT_SESSION || env.TERM_PROGRAM ? 'braille' : 'block'
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG
  if (env.TERM === 'linux' || env.TERM === 'dumb') return 'ascii'
  return locale === undefined || /utf-?8/i.test(locale) ? 'braille' : 'ascii'
}
