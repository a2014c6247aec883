/** The classifiers that say how sure one is of what a model makes: equation 13 with two judges. */
import type { Dataset, Tensor } from '../../index.js'
import { type Classifier, type ClassifierOptions, trainClassifier } from '../../research.js'

/**
 * One like the paper's, which names 85 to 90 % of the test images and is 71 % sure of them, and a good one. The first gets
 * there by a learning rate so small that ten epochs leave it unfinished: the paper says no more than accuracy and baseline.
 */
export const judgeOptions = {
  paper: { hiddenDims: [128, 64], learningRate: 1e-5, epochs: 10, seed: 1 },
  good: { hiddenDims: [512, 256], learningRate: 1e-3, epochs: 4, seed: 1 },
} as const satisfies Record<string, ClassifierOptions>
export type JudgeName = keyof typeof judgeOptions
export const judgeNames = Object.keys(judgeOptions) as JudgeName[]

/** What a judge says of some images. */
export interface Judged {
  /** The mean probability of its best guess. */
  readonly confidence: number
  /** The share whose label it names, where the images have labels. */
  readonly accuracy?: number
  /** How many classes it sees: e to the entropy of its guesses, 1 where all are the same. */
  readonly classes: number
}

export type Verdicts = Record<JudgeName, Judged>

/** Both judges, trained. */
export interface Judges {
  judge(images: Tensor | Dataset, labels?: Int32Array): Promise<Verdicts>
}

/** Trains the judges on all the training images. */
export async function trainJudges(train: Dataset, signal: AbortSignal): Promise<Judges> {
  const trained = {} as Record<JudgeName, Classifier>
  for (const name of judgeNames) trained[name] = await trainClassifier(train, { ...judgeOptions[name], signal })
  return {
    async judge(images, labels) {
      const verdicts = {} as Verdicts
      for (const name of judgeNames) {
        const found = await trained[name].classify(images, { signal })
        const accuracy = labels ? share(found.labels, labels) : found.accuracy
        verdicts[name] = {
          confidence: found.meanConfidence,
          classes: effectiveNumber(found.labels),
          ...(accuracy !== undefined && { accuracy }),
        }
      }
      return verdicts
    },
  }
}

function share(guesses: Int32Array, labels: Int32Array): number {
  return guesses.reduce((right, guess, i) => right + (guess === labels[i] ? 1 : 0), 0) / guesses.length
}

/** exp(−Σ p ln p) over the shares p of the guesses. */
function effectiveNumber(guesses: Int32Array): number {
  const counts = new Map<number, number>()
  for (const guess of guesses) counts.set(guess, (counts.get(guess) ?? 0) + 1)
  const shares = [...counts.values()].map((n) => n / guesses.length)
  return Math.exp(-shares.reduce((sum, p) => sum + p * Math.log(p), 0))
}
