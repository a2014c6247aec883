import type { LearningRate } from '../../index.js'
import { parseRule, ruleText } from './rule.js'

const kinds = {
  linear: ['from', 'to', 'epochs'],
  cosine: ['from', 'to', 'epochs'],
  step: ['from', 'factor', 'every'],
} as const

/** Parses a learning rate: `1e-3`, `cosine:1e-3:0:10`, `step:1e-3:0.5:5`. */
export function parseLearningRate(text: string): LearningRate {
  return parseRule<Exclude<LearningRate, number>>(text, kinds)
}

/** Writes a learning rate in the form that {@link parseLearningRate} reads. */
export function learningRateText(rate: LearningRate): string {
  return ruleText(rate, kinds)
}
