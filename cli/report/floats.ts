/** Floats as text for a page: little-endian, base64. */

/** Encodes 32-bit floats. */
export function base64Floats(values: ArrayLike<number>): string {
  const bytes = Buffer.alloc(4 * values.length)
  for (let i = 0; i < values.length; i++) bytes.writeFloatLE(values[i] ?? 0, 4 * i)
  return bytes.toString('base64')
}

/** Encodes 16-bit floats: half the text, 11 significant bits. */
export function base64Halves(values: ArrayLike<number>): string {
  const bytes = Buffer.alloc(2 * values.length)
  for (let i = 0; i < values.length; i++) bytes.writeUInt16LE(toHalf(values[i] ?? 0), 2 * i)
  return bytes.toString('base64')
}

/** Bits of the nearest 16-bit float; larger values become infinite. */
export function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (Number.isNaN(value)) return 0x7e00
  if (size >= 65_520) return sign | 0x7c00
  // Below 2⁻¹⁴ all steps are 2⁻²⁴; above, 2¹⁰ steps lie between two powers of two.
  const exponent = Math.max(-14, Math.floor(Math.log2(size)))
  const steps = roundToEven(size / 2 ** (exponent - 10))
  // A carry into the next power of two is correct: the fraction overflows into the exponent.
  return sign | (steps + (exponent + 14) * 1024)
}

function roundToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
}
