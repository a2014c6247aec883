/** Trains one experiment, measures it after each of its epochs, and resumes after an interruption. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type EpochEvent, loadVae, type StepEvent, type TrainOptions, trainVae } from '../../index.js'
import { plainArrays, writeAtomically } from '../base/files.js'
import { runFiles } from '../runs/folder.js'
import { readEvents } from '../runs/record/events.js'
import type { Work } from './clock.js'
import { type MeasurementContext, type Snapshot, takeSnapshot } from './measure.js'
import { type Experiment, isStudied, network, trainingImages } from './plan.js'
import { runStudies, type Studies } from './studies.js'

/** Results of a complete experiment. */
export interface ExperimentResult {
  readonly experiment: Experiment
  readonly snapshots: readonly Snapshot[]
  /** Events of all epochs. */
  readonly epochs: readonly EpochEvent[]
  /** Losses of every tenth step of the first epoch. */
  readonly firstSteps: readonly Pick<StepEvent, 'step' | 'train'>[]
  readonly studies: Studies
}

/** Results of an incomplete experiment. */
type PartialResult = Pick<ExperimentResult, 'experiment' | 'snapshots' | 'epochs'> & Partial<ExperimentResult>

/** Inputs and output folder of an experiment. */
export interface ExperimentContext extends MeasurementContext {
  /** Folder with one subfolder per experiment. */
  readonly folder: string
  /** Called after every completed piece of work. */
  readonly onWork: (piece: Work) => void
}

/** Results file in a run folder. */
const measuredFile = 'measured.json'

/** Folder of an experiment's run; keeps its last model. */
export function runFolder(folder: string, { id }: Experiment): string {
  return join(folder, id)
}

/** Reads the results of an earlier call. */
export async function readResult(folder: string, experiment: Experiment): Promise<PartialResult | undefined> {
  const path = join(runFolder(folder, experiment), measuredFile)
  return existsSync(path) ? (JSON.parse(await readFile(path, 'utf8')) as PartialResult) : undefined
}

/** True if the results are complete. */
export function isComplete(result: PartialResult | undefined): result is ExperimentResult {
  return result?.studies !== undefined
}

/** Trains and measures an experiment, or its missing part. */
export async function runExperiment(experiment: Experiment, context: ExperimentContext): Promise<ExperimentResult> {
  const folder = runFolder(context.folder, experiment)
  await mkdir(folder, { recursive: true })
  let found: PartialResult = (await readResult(context.folder, experiment)) ?? {
    experiment,
    snapshots: [],
    epochs: [],
  }
  for (const until of experiment.epochs.slice(found.snapshots.length)) {
    const run = await trainUntil(until, found, folder, context)
    using vae = run.vae
    const last = run.epochs.at(-1)
    if (last === undefined) break // unreachable: at least one epoch has been trained
    const snapshots = [...found.snapshots, await takeSnapshot(vae, last, experiment.pictured, context)]
    found = { experiment, snapshots, epochs: run.epochs }
    await saveResult(folder, found)
    context.onWork('snapshot')
  }
  using vae = await loadVae(join(folder, runFiles.model))
  const studies = await runStudies(vae, experiment, context)
  const whole = { ...found, firstSteps: await firstSteps(folder), studies }
  await saveResult(folder, whole)
  if (isStudied(experiment)) context.onWork('study')
  // Three times the model's size, and no longer needed.
  await rm(join(folder, runFiles.checkpoint), { force: true })
  return whole
}

/** Trains up to epoch `until`: from the start, the last snapshot, or the last checkpoint. */
async function trainUntil(
  until: number,
  { experiment: one, snapshots }: PartialResult,
  folder: string,
  context: ExperimentContext,
) {
  const { train, test, signal, onWork } = context
  const from = snapshots.at(-1)?.epoch ?? 0
  const options: TrainOptions = {
    ...network,
    likelihood: one.likelihood,
    posterior: one.posterior,
    beta: one.warmUp === undefined ? one.beta : { type: 'linear', from: 0, to: one.beta, epochs: one.warmUp },
    ...(one.estimator && { estimator: one.estimator }),
    seed: one.seed,
    epochs: until,
    validation: test,
    probe: false,
    checkpointEvery: { epochs: until - from, seconds: 30 },
    device: 'cpu',
    signal,
    out: folder,
    resume: true,
  }
  const run = trainVae(train, options)
  const all = trainingImages(one, train.length, from, until)
  let reported = 0
  const report = (share: number) => {
    onWork({ images: (share - reported) * all })
    reported = share
  }
  for await (const event of run) {
    if (event.type !== 'step') continue
    const epochsDone = event.step / Math.ceil(train.length / network.batchSize)
    report(Math.max(reported, (epochsDone - from) / (until - from)))
  }
  report(1)
  return { vae: await run, epochs: run.history }
}

/** Reads the losses of the recorded steps of the first epoch. */
async function firstSteps(folder: string): Promise<ExperimentResult['firstSteps']> {
  const steps = (await readEvents(folder)).filter((event) => event.type === 'step')
  return steps.filter(({ epoch }) => epoch === 1).map(({ step, train }) => ({ step, train }))
}

async function saveResult(folder: string, found: PartialResult): Promise<void> {
  await writeAtomically(join(folder, measuredFile), JSON.stringify(found, plainArrays))
}
