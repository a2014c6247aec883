/** Numbers and names of latent space as they are written. */

import { extent } from '../../latent/outline.js'
import type { Distribution } from '../../latent/prior.js'
import { dimensionName, type Section } from '../../latent/projection.js'
import type { Explorer } from './explorer.js'

/** With two decimals and a minus sign: −0.29. */
export function coordinate(value: number): string {
  return value
    .toFixed(2)
    .replace(/^-0\.00$/, '0.00')
    .replace('-', '−')
}

/** The names of the classes, where they have any. */
export function namesOf({ subject }: Explorer): readonly string[] | undefined {
  return subject?.examples?.labelNames ?? subject?.vae.labelNames
}

/** A class by its name, or else its number. */
export function className(explorer: Explorer, label: number): string {
  return namesOf(explorer)?.[label] ?? String(label)
}

/** `z = (−0.29, −1.72)`; of more than three dimensions those that the section runs along, `z₃ −0.29  z₇ 1.20`. */
export function zWords(z: readonly number[], { names }: Section, [u, v]: readonly [number, number]): string {
  const [only] = z
  if (z.length === 1 && only !== undefined) return `z = ${coordinate(only)}`
  if (z.length <= 3) return `z = (${z.map(coordinate).join(', ')})`
  return `${names[0]} ${coordinate(u)}  ${names[1]} ${coordinate(v)}`
}

/** Every coordinate: `z₀ −0.29  z₁ 1.20 …`. */
export function allWords(z: readonly number[]): string {
  return z.map((value, j) => `${dimensionName(j)} ${coordinate(value)}`).join('  ')
}

/** `p(z) 0.035`; of many dimensions, where that is next to nothing everywhere, `ln p(z) −18.4`. */
export function priorWords(lnPrior: number | undefined, d: number): string {
  if (lnPrior === undefined) return ''
  if (lnPrior === Number.NEGATIVE_INFINITY) return 'p(z) 0'
  if (d > 3) return `ln p(z) ${lnPrior.toFixed(1).replace('-', '−')}`
  const density = Math.exp(lnPrior)
  return `p(z) ${density >= 0.001 ? density.toPrecision(2) : density.toExponential(1)}`
}

/** How wide q(z|x) is in the section: σ of a gaussian, b of a Laplace distribution, half the width of a uniform one. */
export function spreadWords(posterior: readonly Distribution[], section: Section): string {
  const family = posterior[0]?.family ?? 'gaussian'
  const { across, up } = extent(posterior, section)
  const factor = { gaussian: 1, laplace: Math.SQRT1_2, uniform: Math.sqrt(3) }[family]
  const name = { gaussian: 'σ', laplace: 'b', uniform: '±' }[family]
  const [first, second] = [across * factor, up * factor].map((value) => value.toPrecision(2))
  return section.names[1] === '' ? `${name} ${first}` : `${name} ${first} × ${second}`
}
