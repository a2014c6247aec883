/** Two classifiers that measure the confidence in the output of models: equation 13. */
import type { Dataset, Tensor } from '../../index.js'
import { type Classifier, type ClassifierOptions, trainClassifier } from '../../research.js'

/**
 * Options of a classifier like the paper's, with 85 to 90 % accuracy and 71 % confidence on the test images, and of a
 * good one. The first uses a learning rate so small that ten epochs leave it unfinished: the paper states only accuracy
 * and baseline.
 */
export const classifierOptions = {
  paper: { hiddenDims: [128, 64], learningRate: 1e-5, epochs: 10, seed: 1 },
  good: { hiddenDims: [512, 256], learningRate: 1e-3, epochs: 4, seed: 1 },
} as const satisfies Record<string, ClassifierOptions>
export type ClassifierName = keyof typeof classifierOptions
export const classifierNames = Object.keys(classifierOptions) as ClassifierName[]

/** Results of a classifier on some images. */
export interface ClassifierResult {
  /** Mean probability of its best guess. */
  readonly confidence: number
  /** Share of correct labels, if the images have labels. */
  readonly accuracy?: number
  /** Effective number of classes: e to the entropy of its guesses, 1 if all are equal. */
  readonly classes: number
}

export type ClassifierResults = Record<ClassifierName, ClassifierResult>

/** Both trained classifiers. */
export interface Classifiers {
  classify(images: Tensor | Dataset, labels?: Int32Array): Promise<ClassifierResults>
}

/** Trains both classifiers on all the training images. */
export async function trainClassifiers(train: Dataset, signal: AbortSignal): Promise<Classifiers> {
  const trained = {} as Record<ClassifierName, Classifier>
  for (const name of classifierNames)
    trained[name] = await trainClassifier(train, { ...classifierOptions[name], signal })
  return {
    async classify(images, labels) {
      const results = {} as ClassifierResults
      for (const name of classifierNames) {
        const found = await trained[name].classify(images, { signal })
        const accuracy = labels ? accuracyOf(found.labels, labels) : found.accuracy
        results[name] = {
          confidence: found.meanConfidence,
          classes: effectiveClasses(found.labels),
          ...(accuracy !== undefined && { accuracy }),
        }
      }
      return results
    },
  }
}

function accuracyOf(guesses: Int32Array, labels: Int32Array): number {
  return guesses.reduce((right, guess, i) => right + (guess === labels[i] ? 1 : 0), 0) / guesses.length
}

/** Effective number of classes: exp(−Σ p ln p) over the shares p of the guesses. */
function effectiveClasses(guesses: Int32Array): number {
  const counts = new Map<number, number>()
  for (const guess of guesses) counts.set(guess, (counts.get(guess) ?? 0) + 1)
  const shares = [...counts.values()].map((n) => n / guesses.length)
  return Math.exp(-shares.reduce((sum, p) => sum + p * Math.log(p), 0))
}
