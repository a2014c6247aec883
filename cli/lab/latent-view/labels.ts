/** Labels of the explorer: coordinates, classes, densities. */

import type { Distribution } from '../../latent/distribution.js'
import { extent } from '../../latent/outline.js'
import { dimensionName, type Slice } from '../../latent/slice.js'
import type { Explorer } from './explorer.js'

/** Formats a number with two decimals and a minus sign: −0.29. */
export function coordinate(value: number): string {
  return value
    .toFixed(2)
    .replace(/^-0\.00$/, '0.00')
    .replace('-', '−')
}

/** Class names, if any. */
export function classNames({ model }: Explorer): readonly string[] | undefined {
  return model?.examples?.labelNames ?? model?.vae.labelNames
}

/** Name of a class, else its number. */
export function className(explorer: Explorer, label: number): string {
  return classNames(explorer)?.[label] ?? String(label)
}

/** `z = (−0.29, −1.72)`; above three dimensions the coordinates in the slice, `z₃ −0.29  z₇ 1.20`. */
export function zLabel(z: readonly number[], { names }: Slice, [u, v]: readonly [number, number]): string {
  const [only] = z
  if (z.length === 1 && only !== undefined) return `z = ${coordinate(only)}`
  if (z.length <= 3) return `z = (${z.map(coordinate).join(', ')})`
  return `${names[0]} ${coordinate(u)}  ${names[1]} ${coordinate(v)}`
}

/** Every coordinate: `z₀ −0.29  z₁ 1.20 …`. */
export function allCoordinates(z: readonly number[]): string {
  return z.map((value, j) => `${dimensionName(j)} ${coordinate(value)}`).join('  ')
}

/** `p(z) 0.035`; above three dimensions, where p(z) is tiny everywhere, `ln p(z) −18.4`. */
export function priorLabel(lnPrior: number | undefined, d: number): string {
  if (lnPrior === undefined) return ''
  if (lnPrior === Number.NEGATIVE_INFINITY) return 'p(z) 0'
  if (d > 3) return `ln p(z) ${lnPrior.toFixed(1).replace('-', '−')}`
  const density = Math.exp(lnPrior)
  return `p(z) ${density >= 0.001 ? density.toPrecision(2) : density.toExponential(1)}`
}

/** Scale of q(z|x) in the slice: σ of a Gaussian, b of a Laplace distribution, half the width of a uniform one. */
export function scaleLabel(posterior: readonly Distribution[], slice: Slice): string {
  const family = posterior[0]?.family ?? 'gaussian'
  const { across, up } = extent(posterior, slice)
  const factor = { gaussian: 1, laplace: Math.SQRT1_2, uniform: Math.sqrt(3) }[family]
  const name = { gaussian: 'σ', laplace: 'b', uniform: '±' }[family]
  const [first, second] = [across * factor, up * factor].map((value) => value.toPrecision(2))
  return slice.names[1] === '' ? `${name} ${first}` : `${name} ${first} × ${second}`
}
