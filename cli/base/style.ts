/** What a terminal can show, and which ink each thing is drawn in: the one value that every drawing function takes. */

import { type ColorDepth, mixed, parameters, rgbOf } from './colour.js'
import { palette } from './palette.js'
import type { Ink } from './text.js'

/** What curves and bars are made of: eight dots to a cell, four quarters, or letters alone. */
export type Charset = 'braille' | 'block' | 'ascii'

/** What things are drawn in, apart from series and classes. */
export type Role = 'dim' | 'bold' | 'accent' | 'mark' | 'warning' | 'good' | 'bad' | 'selected'

/** How to draw on a terminal. Where colour is off every ink is '' and every function for words is the identity. */
export interface Style {
  readonly depth: ColorDepth
  readonly charset: Charset
  /** The ink of a role. */
  readonly ink: Readonly<Record<Role, Ink>>
  /** The ink of the class or series with this number, from 0; after ten they come again. */
  series(number: number): Ink
  /** A ground in the class's colour, dark enough for points on it; '' below 8 bits, where there are no such colours. */
  ground(number: number): Ink
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

/** The codes of the 16 named colours that come nearest to the palette's ten, in its order; none is white or black. */
const named = [36, 91, 32, 35, 33, 34, 94, 95, 31, 90] as const

/** Marks and warnings are never needed on one curve: both are yellow. */
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

/** How near to black a ground is. */
const darkness = 0.78

/** The style of a terminal with so many bits of colour. */
export function styleOf(depth: ColorDepth, charset: Charset = 'braille'): Style {
  // These end only what they began, so that one may stand within another.
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

/** The inks of the ten classes, and the grounds. */
function palettes(depth: ColorDepth): [inks: Ink[], grounds: Ink[]] {
  if (depth === 1) return [[], []]
  if (depth === 4) return [named.map(String), []]
  const colours = palette.map(rgbOf)
  const dark = colours.map((colour) => mixed(colour, [0, 0, 0], darkness))
  return [colours.map((rgb) => `38;${parameters(rgb, depth)}`), dark.map((rgb) => `48;${parameters(rgb, depth)}`)]
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

/**
 * What a terminal's font is likely to hold: the console of Linux and a locale that is not UTF-8 get letters, the
 * console of Windows blocks.
 */
export function charsetOf(env: Record<string, string | undefined>, platform = 'linux'): Charset {
  if (platform === 'win32') return env.WT_SESSION || env.TERM_PROGRAM ? 'braille' : 'block'
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG
  if (env.TERM === 'linux' || env.TERM === 'dumb') return 'ascii'
  return locale === undefined || /utf-?8/i.test(locale) ? 'braille' : 'ascii'
}
