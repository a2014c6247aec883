/** Runs a plan: the classifiers, then every experiment, each resumed from an earlier call. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bench, type Dataset, type Tensor } from '../../index.js'
import { criticalBeta, knownGradientVariance } from '../../research.js'
import { writeAtomically } from '../base/files.js'
import { uniform } from '../latent/draws.js'
import { firstPerLabel, gather } from '../latent/subset.js'
import { type Classifiers, trainClassifiers } from './classifiers.js'
import { allWork, Clock, remainingWork, type Work } from './clock.js'
import { type ExperimentResult, isComplete, readResult, runExperiment } from './experiment.js'
import { packPictures } from './packed.js'
import { type ExperimentPlan, likelihoods, network, type PaperLikelihood } from './plan.js'
import type { Baselines, Results } from './results.js'

/** Inputs and callbacks of a reproduction. */
export interface Reproduction {
  readonly plan: ExperimentPlan
  readonly train: Dataset
  readonly test: Dataset
  readonly folder: string
  readonly signal: AbortSignal
  /** Called before the start with the estimated seconds of the whole plan and of the rest. */
  readonly onEstimate: (whole: number, left: number) => void
  /** Called with the current work, the number of completed and of all experiments, and the seconds left. */
  readonly onProgress: (what: string, done: number, of: number, secondsLeft: number) => void
}

/** Folder of the runs, and file of the baselines. */
const runsFolder = 'runs'
const baselinesFile = 'baselines.json'

/** Folder of the runs of a reproduction. */
export function runsFolderOf(folder: string): string {
  return join(folder, runsFolder)
}

/** Runs the missing experiments and returns all results. */
export async function reproduce(reproduction: Reproduction): Promise<Results> {
  const { plan, signal, onProgress } = reproduction
  const { sizes } = plan
  const test = reproduction.test.slice(0, sizes.test)
  const train = reproduction.train.slice(0, plan.examples)
  const folder = runsFolderOf(reproduction.folder)
  const { imagesPerSecond } = await bench(train, { ...network, steps: 100, signal })
  const found = await Promise.all(plan.experiments.map((one) => readResult(folder, one)))
  const todo = plan.experiments.flatMap((one, i) =>
    isComplete(found[i]) ? [] : remainingWork(one, plan.examples, found[i]?.snapshots.length ?? 0),
  )
  const whole = new Clock(allWork(plan), imagesPerSecond, sizes)
  const clock = new Clock(todo.length > 0 ? ['classifiers', ...todo] : [], imagesPerSecond, sizes)
  reproduction.onEstimate(whole.secondsLeft, clock.secondsLeft)

  const path = join(reproduction.folder, baselinesFile)
  let classifiers: Classifiers | undefined
  if (todo.length > 0 || !existsSync(path)) {
    onProgress('two classifiers', 0, plan.experiments.length, clock.secondsLeft)
    classifiers = await trainClassifiers(reproduction.train, signal)
    clock.tick('classifiers')
  }
  const exemplars = firstOfEachLabel(test)
  if (classifiers && !existsSync(path))
    await writeAtomically(path, JSON.stringify(await computeBaselines(train, test, exemplars, classifiers, signal)))

  const measured: ExperimentResult[] = []
  for (const [i, experiment] of plan.experiments.entries()) {
    const before = found[i]
    if (isComplete(before)) {
      measured.push(before)
      continue
    }
    if (classifiers === undefined) break // unreachable: they exist whenever work is left
    const report = () => onProgress(experiment.id, measured.length, plan.experiments.length, clock.secondsLeft)
    report()
    const onWork = (piece: Work) => {
      clock.tick(piece)
      report()
    }
    const context = { train, test, exemplars: exemplars.images, classifiers, sizes, signal, folder, onWork }
    measured.push(await runExperiment(experiment, context))
  }
  return { plan, baselines: JSON.parse(await readFile(path, 'utf8')) as Baselines, measured }
}

interface Exemplars {
  readonly images: Tensor
  readonly labels: readonly number[]
}

/** First image of each of the first ten labels. */
function firstOfEachLabel(test: Dataset): Exemplars {
  // With a single label, the first example is enough.
  const indices = firstPerLabel(test.labels, 10) ?? [0]
  return { labels: indices.map((i) => test.labels?.[i] ?? 0), images: gather(test, indices) }
}

/** Computes the results that need no VAE. */
async function computeBaselines(
  train: Dataset,
  test: Dataset,
  exemplars: Exemplars,
  classifiers: Classifiers,
  signal: AbortSignal,
) {
  const critical = {} as Record<PaperLikelihood, number>
  for (const likelihood of likelihoods)
    critical[likelihood] = (await criticalBeta(train, { likelihood, signal })).criticalBeta
  const found: Baselines = {
    data: { source: test.source ?? test.fingerprint, fingerprint: test.fingerprint, test: test.length },
    criticalBeta: critical,
    judged: {
      originals: await classifiers.classify(test),
      meanImage: await classifiers.classify(meanImage(train)),
      noise: await classifiers.classify(noise(test)),
    },
    faces: packPictures(exemplars.images),
    labels: exemplars.labels,
    testLabels: Array.from(test.labels ?? []),
    known: [1, 10].map((samples) => ({ samples, variance: knownGradientVariance({ samples, seed: 1 }) })),
  }
  return found
}

/** Mean image, the output of a collapsed model. */
function meanImage(train: Dataset): Tensor {
  const { data, shape } = train.toTensor()
  const [n = 0, ...size] = shape
  const values = data.length / n
  const mean = new Float32Array(values)
  for (let i = 0; i < data.length; i++) mean[i % values] = (mean[i % values] ?? 0) + (data[i] ?? 0) / n
  return { data: mean, shape: [1, ...size] }
}

/** A thousand images of pixels drawn uniformly from the range of these images. */
function noise({ range: [low, high], shape }: Dataset): Tensor {
  const size = shape.reduce((product, length) => product * length, 1)
  const pixel = (_: unknown, i: number) => low + (high - low) * uniform(1, i)
  return { data: Float32Array.from({ length: 1000 * size }, pixel), shape: [1000, ...shape] }
}
