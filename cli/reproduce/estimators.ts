import type { Estimator } from '../../index.js'

/** Estimators whose gradients are compared: L = 1, as in the paper, and 10. */
export const estimators: readonly Estimator[] = [
  { type: 'reparameterization', samples: 1 },
  { type: 'reparameterization', samples: 1, kl: 'monte-carlo' },
  { type: 'reparameterization', samples: 10 },
  { type: 'score-function', samples: 1 },
  { type: 'score-function', samples: 1, baseline: true },
  { type: 'score-function', samples: 10 },
]

/** Name of an estimator in figures. */
export function estimatorName(estimator: Estimator): string {
  const { samples: L = 1 } = estimator
  if (estimator.type === 'score-function') return `score function, L = ${L}${estimator.baseline ? ', baseline' : ''}`
  return `reparameterised, L = ${L}${estimator.kl === 'monte-carlo' ? ', KL by sampling' : ''}`
}
