/** State of a run, accumulated from its events in bounded memory. */
import type {
  Control,
  EndEvent,
  EpochEvent,
  LearningRate,
  Losses,
  ProbeEvent,
  StartEvent,
  TrainingEvent,
  WarningEvent,
} from '../../../index.js'
import { controlSymbol } from '../../reporters/control.js'
import { LossCurve } from './curve.js'

/** Change marked on the curves, with a short label. */
export interface CurveMark {
  readonly step: number
  readonly seconds: number
  readonly label: string
}

/** Seconds within which changes merge into one mark: a held key changes β many times. */
const mergeWithin = 2

/** History of a run from its events, whether this process trains it, another one does, or it has ended. */
export class History {
  start: StartEvent | undefined
  /** Losses of the newest batch. */
  train: Losses | undefined
  probe: ProbeEvent | undefined
  warning: WarningEvent | undefined
  end: EndEvent | undefined
  step = 0
  epoch = 0
  seconds = 0
  examplesPerSecond = Number.NaN
  paused = false
  readonly curve = new LossCurve()
  /** Epoch events in order; few, even for a long run. */
  readonly epochs: EpochEvent[] = []
  readonly marks: CurveMark[] = []
  #beta = Number.NaN
  #learningRate = Number.NaN
  /** Control event of the last mark. */
  #change: Control | undefined

  /** Current β; under a rule, that of the newest batch. */
  get beta(): number {
    return this.#beta
  }

  /** Adam's current step size. */
  get learningRate(): number {
    return this.#learningRate
  }

  /** Newest losses for comparison: of the validation data, else of the last epoch's batches. */
  get measured(): Losses | undefined {
    const last = this.epochs.at(-1)
    return last?.validation ?? last?.train
  }

  /** True if the last warning is `collapsed` and no latent unit is active. */
  get collapsed(): boolean {
    return this.warning?.code === 'collapsed' && (this.epochs.at(-1)?.validation?.activeUnits ?? 0) === 0
  }

  /** Adds an event; events must arrive in order. */
  onEvent(event: TrainingEvent): void {
    this.step = event.step
    this.epoch = event.epoch
    this.seconds = event.seconds
    switch (event.type) {
      case 'start':
        this.start = event
        this.#learningRate = initialRate(event.options.learningRate)
        if (typeof event.options.beta === 'number') this.#beta = event.options.beta
        break
      case 'step':
        // A step also ends a pause: a run stopped while paused emits no `resume` event when it is resumed.
        this.paused = false
        this.train = event.train
        this.#beta = event.train.beta
        if (event.learningRate !== undefined) this.#learningRate = event.learningRate
        this.examplesPerSecond = event.examplesPerSecond
        this.curve.add(event)
        break
      case 'epoch':
        this.#addEpoch(event)
        break
      case 'probe':
        this.probe = event
        break
      case 'control':
        this.#addControl(event)
        break
      case 'warning':
        this.warning = event
        break
      case 'end':
        this.end = event
        break
    }
  }

  #addEpoch(event: EpochEvent): void {
    this.examplesPerSecond = event.examplesPerSecond
    // A resumed run emits earlier epochs again.
    const known = this.epochs.findIndex((epoch) => epoch.epoch >= event.epoch)
    if (known >= 0) this.epochs.splice(known)
    this.epochs.push(event)
  }

  #addControl(event: Control): void {
    const { name, to, step, seconds } = event
    if (name === 'pause' || name === 'step') this.paused = true
    if (name === 'resume') this.paused = false
    if (name === 'learningRate' && to !== undefined) this.#learningRate = to
    if (name === 'beta' && to !== undefined) this.#beta = to
    const previous = this.#change
    const merged =
      previous !== undefined && previous.name === name && name !== 'pause' && seconds - previous.seconds < mergeWithin
        ? { ...event, ...(previous.from !== undefined && { from: previous.from }) }
        : event
    const label = markLabel(merged)
    if (label === undefined) return
    if (merged !== event) this.marks.pop()
    this.#change = merged
    this.marks.push({ step, seconds, label })
  }
}

/** Initial value of a learning rate. */
function initialRate(rate: LearningRate | undefined): number {
  return typeof rate === 'object' ? rate.from : (rate ?? Number.NaN)
}

/** Label like `β 5→3`, `η 1e-3→5e-4`, `η cosine` or `pause`; undefined for controls that do not affect training. */
function markLabel({ name, from, to, rule }: Control): string | undefined {
  const short = (value: number | undefined) => String(Number((value ?? Number.NaN).toPrecision(3)))
  if (name !== 'beta' && name !== 'learningRate') return name === 'pause' ? 'pause' : undefined
  const symbol = controlSymbol(name)
  return rule === undefined ? `${symbol} ${short(from)}→${short(to)}` : `${symbol} ${rule.type}`
}
