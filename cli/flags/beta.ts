import type { Beta } from '../../index.js'
import { parseRule, ruleText } from './rule.js'

const kinds = {
  linear: ['from', 'to', 'epochs'],
  cosine: ['from', 'to', 'epochs'],
  cyclical: ['to', 'cycles', 'epochs', 'from?'],
  capacity: ['kl', 'epochs', 'gamma?'],
  'target-kl': ['nats', 'rate?'],
  'target-reconstruction': ['nats', 'rate?'],
} as const

/** Parses β: `4`, `linear:0:4:10`, `target-kl:10`, `target-kl:10:0.01`. */
export function parseBeta(text: string): Beta {
  return parseRule<Exclude<Beta, number>>(text, kinds)
}

/** Writes β in the form that {@link parseBeta} reads. */
export function betaText(beta: Beta): string {
  return ruleText(beta, kinds)
}
