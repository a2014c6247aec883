/** Trains one experiment, measures it after each of its epochs, and goes on from where it was interrupted. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type EpochEvent, loadVae, type StepEvent, type TrainOptions, trainVae } from '../../index.js'
import { plainArrays, writeWhole } from '../base/files.js'
import { runFiles } from '../runs/folder.js'
import { readEvents } from '../runs/record/events.js'
import type { Work } from './clock.js'
import { type Measuring, type Snapshot, snapshot } from './measure.js'
import { type Experiment, isStudied, network, work } from './plan.js'
import { type Studies, study } from './studies.js'

/** All that is known of an experiment when it is done. */
export interface Measured {
  readonly experiment: Experiment
  readonly snapshots: readonly Snapshot[]
  /** Every epoch. */
  readonly epochs: readonly EpochEvent[]
  /** Every tenth step of the first epoch. */
  readonly firstSteps: readonly Pick<StepEvent, 'step' | 'train'>[]
  readonly studies: Studies
}

/** What is known of one that is not. */
type Begun = Pick<Measured, 'experiment' | 'snapshots' | 'epochs'> & Partial<Measured>

/** What an experiment is trained on, and where. */
export interface Laboratory extends Measuring {
  /** The folder that holds a folder for every experiment. */
  readonly folder: string
  /** Told of every piece of work that is done. */
  readonly onWork: (piece: Work) => void
}

/** The file in a run folder that says what has been measured. */
const measuredFile = 'measured.json'

/** Where an experiment's run is kept; its last model stays there. */
export function runFolder(folder: string, { id }: Experiment): string {
  return join(folder, id)
}

/** What an earlier call has found out. */
export async function earlier(folder: string, experiment: Experiment): Promise<Begun | undefined> {
  const path = join(runFolder(folder, experiment), measuredFile)
  return existsSync(path) ? (JSON.parse(await readFile(path, 'utf8')) as Begun) : undefined
}

/** Whether nothing is missing. */
export function isWhole(begun: Begun | undefined): begun is Measured {
  return begun?.studies !== undefined
}

/** Trains and measures an experiment, or what is missing of it. */
export async function carryOut(experiment: Experiment, laboratory: Laboratory): Promise<Measured> {
  const folder = runFolder(laboratory.folder, experiment)
  await mkdir(folder, { recursive: true })
  let found: Begun = (await earlier(laboratory.folder, experiment)) ?? {
    experiment,
    snapshots: [],
    epochs: [],
  }
  for (const until of experiment.epochs.slice(found.snapshots.length)) {
    const run = await trained(until, found, folder, laboratory)
    using vae = run.vae
    const last = run.epochs.at(-1)
    if (last === undefined) break // never: it has trained one
    const snapshots = [...found.snapshots, await snapshot(vae, last, experiment.pictured, laboratory)]
    found = { experiment, snapshots, epochs: run.epochs }
    await save(folder, found)
    laboratory.onWork('snapshot')
  }
  using vae = await loadVae(join(folder, runFiles.model))
  const studies = await study(vae, experiment, laboratory)
  const whole = { ...found, firstSteps: await firstSteps(folder), studies }
  await save(folder, whole)
  if (isStudied(experiment)) laboratory.onWork('study')
  // Three times the model's size, and of no more use.
  await rm(join(folder, runFiles.checkpoint), { force: true })
  return whole
}

/** Trains until so many epochs are done: from the start, from the last snapshot, or from wherever it was interrupted. */
async function trained(until: number, { experiment: one, snapshots }: Begun, folder: string, laboratory: Laboratory) {
  const { train, test, signal, onWork } = laboratory
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
  const all = work(one, train.length, from, until)
  let told = 0
  const tell = (share: number) => {
    onWork({ images: (share - told) * all })
    told = share
  }
  for await (const event of run) {
    if (event.type !== 'step') continue
    const epochsDone = event.step / Math.ceil(train.length / network.batchSize)
    tell(Math.max(told, (epochsDone - from) / (until - from)))
  }
  tell(1)
  return { vae: await run, epochs: run.history }
}

/** The losses at the steps that the record holds of the first epoch. */
async function firstSteps(folder: string): Promise<Measured['firstSteps']> {
  const steps = (await readEvents(folder)).filter((event) => event.type === 'step')
  return steps.filter(({ epoch }) => epoch === 1).map(({ step, train }) => ({ step, train }))
}

async function save(folder: string, found: Begun): Promise<void> {
  await writeWhole(join(folder, measuredFile), JSON.stringify(found, plainArrays))
}
