// vae-native/research: analysis of data and models, besides training and using them.
export {
  type Classification,
  type Classifier,
  type ClassifierOptions,
  trainClassifier,
} from './api/research/classifier.js'
export { type CriticalBeta, type CriticalBetaOptions, criticalBeta } from './api/research/critical-beta.js'
export { effectiveBeta, type WrittenLoss } from './api/research/effective-beta.js'
export {
  type GradientSpread,
  type GradientVarianceOptions,
  gradientVariance,
  type KnownVariance,
  knownGradientVariance,
  type MeanAndVariance,
} from './api/research/gradient-variance.js'
export {
  type LatentStatistics,
  type LatentStatisticsOptions,
  latentStatistics,
} from './api/research/latent-statistics.js'
export { parseEvent } from './api/research/parse-event.js'
export { type RateDistortionOptions, type RatePoint, rateDistortion } from './api/research/rate-distortion.js'
export { readStudy, type Study } from './api/research/read-study.js'
