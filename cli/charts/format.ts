/** Formats numbers, durations and names for people; without colour or terminal. */
import type { ExampleShape } from '../../index.js'

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** Formats a count: 11240 → `11,240`. */
export function count(value: number): string {
  return Number.isFinite(value) ? grouped.format(value) : '–'
}

/** Formats `1 example`, `3 examples`; the plural defaults to the singular and an s. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** Formats β or another weight to four digits: 1.752, 0.0001. */
export function weight(value: number): string {
  return String(Number(value.toPrecision(4)))
}

/** Formats a loss in nats for a column: 142.1, 6.52, 0.003; a dash if not finite or absent. */
export function nats(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size >= 1000) return grouped.format(value)
  if (size >= 10) return value.toFixed(1)
  if (size >= 0.1 || size === 0) return value.toFixed(2)
  return value.toFixed(3)
}

/** Formats a share of 1 as per cent: 0.443 → `44 %`, 0.0463 → `4.6 %`. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return '–'
  const value = share * 100
  return `${Math.abs(value) >= 10 || value === 0 ? value.toFixed(0) : value.toFixed(1)} %`
}

/** Formats a duration: 0.42 s, 9.4 s, 1:24, 2:03:10. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–'
  if (seconds < 1) return `${seconds.toFixed(2)} s`
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  return clock(seconds)
}

/** Formats a countdown: 0:32, 1:24, 2:03:10. */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–:––'
  const whole = Math.round(seconds)
  const two = (value: number) => String(value).padStart(2, '0')
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`
}

/** Formats a size in bytes: 512 B, 11.2 kB, 9.90 MB (powers of 1000, as for disks and networks). */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let size = value
  let unit = 0
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000
    unit += 1
  }
  return unit === 0 ? `${size} B` : `${size.toFixed(size < 10 ? 2 : 1)} ${units[unit]}`
}

/** Name of the engine: `cpu fused avx512, 2 threads`; the reference path has no instruction level. */
export function engineName({ device, gpu, path, isa, threads }: EngineName): string {
  if (gpu !== undefined) return `${device} ${path}, ${gpu}`
  const level = path === 'fused' && isa !== undefined ? ` ${isa}` : ''
  return `${device} ${path}${level}, ${plural(threads, 'thread')}`
}

/** Input of {@link engineName}, from a run or a measurement. */
interface EngineName {
  readonly device: string
  readonly gpu?: string
  readonly path: 'fused' | 'reference'
  readonly isa?: string
  readonly threads: number
}

/** Shape of one example as plain numbers: (height, width), (height, width, channels) or (length). */
export function dimensions(example: ExampleShape): number[] {
  return [...example].filter((size): size is number => size !== undefined)
}

/** Formats the shape of one example: 28×28, 64×64×3, or a length. */
export function shape(example: ExampleShape): string {
  const [height, width, channels] = dimensions(example)
  if (width === undefined) return plural(height ?? 0, 'value')
  return channels === undefined || channels === 1 ? `${height}×${width}` : `${height}×${width}×${channels}`
}

/** Formats the layer widths from the pixels to the latents: 784-512-256-2. */
export function layers(example: ExampleShape, hiddenDims: readonly number[], latentDim: number): string {
  const inputs = dimensions(example).reduce((product, size) => product * size, 1)
  return [inputs, ...hiddenDims, latentDim].join('-')
}

/** Aligns rows of cells in columns, two spaces apart; numbers to the right, words to the left. */
export function table(rows: readonly (readonly string[])[], align: readonly ('left' | 'right')[]): string[] {
  const widths = align.map((_, column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return align[column] === 'right' ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd(),
  )
}
