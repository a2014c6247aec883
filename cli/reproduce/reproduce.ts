/** Carries a plan out: the judges, then every experiment, each going on from what an earlier call has left. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bench, type Dataset, type Tensor } from '../../index.js'
import { criticalBeta, knownGradientVariance } from '../../research.js'
import { writeWhole } from '../base/files.js'
import { uniform } from '../latent/draws.js'
import { gathered, oneOfEach } from '../latent/subset.js'
import { Clock, everything, remaining, type Work } from './clock.js'
import { carryOut, earlier, isWhole, type Measured } from './experiment.js'
import { type Judges, trainJudges } from './judges.js'
import { packPictures } from './packed.js'
import { likelihoods, network, type PaperLikelihood, type Plan } from './plan.js'
import type { Baselines, Results } from './results.js'

/** What is reproduced, on what, and where. */
export interface Reproduction {
  readonly plan: Plan
  readonly train: Dataset
  readonly test: Dataset
  readonly folder: string
  readonly signal: AbortSignal
  /** Told before it begins how long all of it takes and what is left of that, in seconds. */
  readonly onEstimate: (whole: number, left: number) => void
  /** Told what is being done, how many of how many experiments are done, and the seconds left. */
  readonly onProgress: (what: string, done: number, of: number, secondsLeft: number) => void
}

/** The folder of the runs, and the file of what comes before them. */
const runsFolder = 'runs'
const baselinesFile = 'baselines.json'

/** The folder that the runs of a reproduction lie in. */
export function runsFolderOf(folder: string): string {
  return join(folder, runsFolder)
}

/** Does what is missing and gives all of it. */
export async function reproduce(reproduction: Reproduction): Promise<Results> {
  const { plan, signal, onProgress } = reproduction
  const { sizes } = plan
  const test = reproduction.test.slice(0, sizes.test)
  const train = reproduction.train.slice(0, plan.examples)
  const folder = runsFolderOf(reproduction.folder)
  const { imagesPerSecond } = await bench(train, { ...network, steps: 100, signal })
  const found = await Promise.all(plan.experiments.map((one) => earlier(folder, one)))
  const todo = plan.experiments.flatMap((one, i) =>
    isWhole(found[i]) ? [] : remaining(one, plan.examples, found[i]?.snapshots.length ?? 0),
  )
  const whole = new Clock(everything(plan), imagesPerSecond, sizes)
  const clock = new Clock(todo.length > 0 ? ['judges', ...todo] : [], imagesPerSecond, sizes)
  reproduction.onEstimate(whole.secondsLeft, clock.secondsLeft)

  const path = join(reproduction.folder, baselinesFile)
  let judges: Judges | undefined
  if (todo.length > 0 || !existsSync(path)) {
    onProgress('two judges', 0, plan.experiments.length, clock.secondsLeft)
    judges = await trainJudges(reproduction.train, signal)
    clock.tick('judges')
  }
  const faces = firstOfEachLabel(test)
  if (judges && !existsSync(path))
    await writeWhole(path, JSON.stringify(await baselines(train, test, faces, judges, signal)))

  const measured: Measured[] = []
  for (const [i, experiment] of plan.experiments.entries()) {
    const before = found[i]
    if (isWhole(before)) {
      measured.push(before)
      continue
    }
    if (judges === undefined) break // never: they are there as soon as something is to do
    const tell = () => onProgress(experiment.id, measured.length, plan.experiments.length, clock.secondsLeft)
    tell()
    const onWork = (piece: Work) => {
      clock.tick(piece)
      tell()
    }
    const laboratory = { train, test, faces: faces.images, judges, sizes, signal, folder, onWork }
    measured.push(await carryOut(experiment, laboratory))
  }
  return { plan, baselines: JSON.parse(await readFile(path, 'utf8')) as Baselines, measured }
}

interface Faces {
  readonly images: Tensor
  readonly labels: readonly number[]
}

/** The first image of each of the first ten labels. */
function firstOfEachLabel(test: Dataset): Faces {
  // Of a single label its first example is the only one.
  const indices = oneOfEach(test.labels, 10) ?? [0]
  return { labels: indices.map((i) => test.labels?.[i] ?? 0), images: gathered(test, indices) }
}

/** What can be said before a VAE is trained. */
async function baselines(train: Dataset, test: Dataset, faces: Faces, judges: Judges, signal: AbortSignal) {
  const critical = {} as Record<PaperLikelihood, number>
  for (const likelihood of likelihoods)
    critical[likelihood] = (await criticalBeta(train, { likelihood, signal })).criticalBeta
  const found: Baselines = {
    data: { source: test.source ?? test.fingerprint, fingerprint: test.fingerprint, test: test.length },
    criticalBeta: critical,
    judged: {
      originals: await judges.judge(test),
      meanImage: await judges.judge(meanImage(train)),
      noise: await judges.judge(noise(test.shape)),
    },
    faces: packPictures(faces.images),
    labels: faces.labels,
    testLabels: Array.from(test.labels ?? []),
    known: [1, 10].map((samples) => ({ samples, variance: knownGradientVariance({ samples, seed: 1 }) })),
  }
  return found
}

/** What a collapsed model shows of everything. */
function meanImage(train: Dataset): Tensor {
  const { data, shape } = train.toTensor()
  const [n = 0, ...size] = shape
  const values = data.length / n
  const mean = new Float32Array(values)
  for (let i = 0; i < data.length; i++) mean[i % values] = (mean[i % values] ?? 0) + (data[i] ?? 0) / n
  return { data: mean, shape: [1, ...size] }
}

/** A thousand images of pixels drawn evenly from [0, 1]. */
function noise(shape: readonly number[]): Tensor {
  const size = shape.reduce((product, length) => product * length, 1)
  return { data: Float32Array.from({ length: 1000 * size }, (_, i) => uniform(1, i)), shape: [1000, ...shape] }
}
