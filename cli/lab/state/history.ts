/** What a view knows of a run: the sum of its events, in bounded memory. */
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
import { Curve } from './curve.js'

/** A change that is drawn on the curves: when, and in a few characters what. */
export interface Mark {
  readonly step: number
  readonly seconds: number
  readonly label: string
}

/** A key that is held down changes β many times in a moment: that is one change to look at. */
const oneMoment = 2

/** A run as its events tell it, whoever trains it: this process, another one, or one that ended last week. */
export class History {
  start: StartEvent | undefined
  /** The newest losses of a batch. */
  train: Losses | undefined
  probe: ProbeEvent | undefined
  warning: WarningEvent | undefined
  end: EndEvent | undefined
  step = 0
  epoch = 0
  seconds = 0
  examplesPerSecond = Number.NaN
  paused = false
  readonly curve = new Curve()
  /** In order; a run has few of them, however long it is. */
  readonly epochs: EpochEvent[] = []
  readonly marks: Mark[] = []
  #beta = Number.NaN
  #learningRate = Number.NaN
  /** The change that the last mark stands for. */
  #change: Control | undefined

  /** β now; where it follows a rule, as of the newest batch. */
  get beta(): number {
    return this.#beta
  }

  /** Adam's step size now. */
  get learningRate(): number {
    return this.#learningRate
  }

  /** The newest losses that are worth comparing: of the validation data, or else of the last epoch's batches. */
  get measured(): Losses | undefined {
    const last = this.epochs.at(-1)
    return last?.validation ?? last?.train
  }

  /** Whether the last word on this run is that its posterior equals the prior. */
  get collapsed(): boolean {
    return this.warning?.code === 'collapsed' && (this.epochs.at(-1)?.validation?.activeUnits ?? 0) === 0
  }

  /** One more event, in the order in which they happen. */
  hear(event: TrainingEvent): void {
    this.step = event.step
    this.epoch = event.epoch
    this.seconds = event.seconds
    switch (event.type) {
      case 'start':
        this.start = event
        this.#learningRate = firstOf(event.options.learningRate)
        if (typeof event.options.beta === 'number') this.#beta = event.options.beta
        break
      case 'step':
        // After a pause too: of a run that was stopped while it was paused, and resumed, nothing else tells that it goes on.
        this.paused = false
        this.train = event.train
        this.#beta = event.train.beta
        if (event.learningRate !== undefined) this.#learningRate = event.learningRate
        this.examplesPerSecond = event.examplesPerSecond
        this.curve.add(event)
        break
      case 'epoch':
        this.#epoch(event)
        break
      case 'probe':
        this.probe = event
        break
      case 'control':
        this.#control(event)
        break
      case 'warning':
        this.warning = event
        break
      case 'end':
        this.end = event
        break
    }
  }

  #epoch(event: EpochEvent): void {
    this.examplesPerSecond = event.examplesPerSecond
    // A run that was resumed tells the epochs of before again.
    const known = this.epochs.findIndex((epoch) => epoch.epoch >= event.epoch)
    if (known >= 0) this.epochs.splice(known)
    this.epochs.push(event)
  }

  #control(event: Control): void {
    const { name, to, step, seconds } = event
    if (name === 'pause' || name === 'step') this.paused = true
    if (name === 'resume') this.paused = false
    if (name === 'learningRate' && to !== undefined) this.#learningRate = to
    if (name === 'beta' && to !== undefined) this.#beta = to
    const before = this.#change
    const joined =
      before !== undefined && before.name === name && name !== 'pause' && seconds - before.seconds < oneMoment
        ? { ...event, ...(before.from !== undefined && { from: before.from }) }
        : event
    const label = markLabel(joined)
    if (label === undefined) return
    if (joined !== event) this.marks.pop()
    this.#change = joined
    this.marks.push({ step, seconds, label })
  }
}

/** The first number of a learning rate. */
function firstOf(rate: LearningRate | undefined): number {
  return typeof rate === 'object' ? rate.from : (rate ?? Number.NaN)
}

/** `β 5→3`, `η 1e-3→5e-4`, `η cosine`, `pause`; what changes nothing that is trained has no mark. */
function markLabel({ name, from, to, rule }: Control): string | undefined {
  const short = (value: number | undefined) => String(Number((value ?? Number.NaN).toPrecision(3)))
  const symbol = name === 'beta' ? 'β' : name === 'learningRate' ? 'η' : undefined
  if (symbol === undefined) return name === 'pause' ? 'pause' : undefined
  return rule === undefined ? `${symbol} ${short(from)}→${short(to)}` : `${symbol} ${rule.type}`
}
