/** Control events as text, the same in plain output and in the lab. */
import type { Beta, Control, LearningRate } from '../../index.js'
import { count, weight } from '../charts/format.js'
import { betaText } from '../flags/beta.js'
import { learningRateText } from '../flags/learning-rate.js'

/** `β 5 → 3 at step 6,031`, `β 1 → linear:1:4:10 at step 60`, `pause at step 12`. */
export function controlText(control: Control): string {
  const { name, from, to, step } = control
  const change = to === undefined ? '' : ` ${weight(from ?? Number.NaN)} → ${newValue(control, to)}`
  return `${controlSymbol(name)}${change} at step ${count(step)}`
}

/** β, η, or the name of a control that changes neither. */
export function controlSymbol(name: Control['name']): string {
  return name === 'beta' ? 'β' : name === 'learningRate' ? 'η' : name
}

/** A number, or a rule as its flag takes it. */
function newValue({ name, rule }: Control, to: number): string {
  if (rule === undefined) return weight(to)
  return name === 'beta' ? betaText(rule as Beta) : learningRateText(rule as LearningRate)
}
