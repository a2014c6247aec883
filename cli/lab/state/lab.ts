/** The lab: which runs there are, what is looked at, what was said. Views draw it, keys change it. */
import { availableParallelism } from 'node:os'
import type { ProbeEvent, TrainingEvent } from '../../../index.js'
import { inFlags } from '../../base/option-names.js'
import { count, weight } from '../../charts/format.js'
import type { Dialog } from './dialog.js'
import { FrameTimes } from './frame-times.js'
import type { Trainer } from './host.js'
import { LabRun, type RunSeed } from './lab-run.js'

export const views = ['overview', 'run', 'explorer', 'compare'] as const
/** What fills the screen. */
export type View = (typeof views)[number]

/** The pictures of a probe that a view shows. */
export type Pictures = 'reconstructions' | 'samples'

/** How curves are drawn, in every view. */
export interface ChartSettings {
  /** A logarithmic axis of losses. */
  readonly log: boolean
  /** The weight of the past in an exponential mean, in [0, 1). */
  readonly smoothing: number
  readonly axis: 'step' | 'epoch' | 'seconds'
}

/** A line of the log. */
export interface LogLine {
  readonly time: Date
  /** The run that it is about. */
  readonly run?: string
  readonly text: string
  readonly tone: 'plain' | 'good' | 'warning' | 'bad'
}

/** Older lines than that are in the runs' records. */
const mostLines = 200

/** Ten frames a second look alive, and five still do; a frame takes some milliseconds besides. */
const idleFrame = 95
const busyFrame = 185

export class Lab {
  readonly runs: LabRun[] = []
  readonly log: LogLine[] = []
  /** Runs that are compared. */
  readonly marked = new Set<LabRun>()
  view: View = 'overview'
  selected: LabRun | undefined
  /** Only runs whose name or difference holds this text are listed. */
  filter = ''
  charts: ChartSettings = { log: false, smoothing: 0, axis: 'epoch' }
  /**
   * What the run view shows of pictures: the first examples beside what became of them, or draws from the prior. Where there
   * is no room for them below the curves they take their place, and `'curves'` shows none.
   */
  pictures: 'curves' | Pictures = 'curves'
  /** The epoch whose probe is looked at; undefined follows the newest. */
  scrubbed: number | undefined
  dialog: Dialog | undefined
  /** What is trained on, for the first line. */
  facts = ''
  /** Who begins and ends runs, where that can be done: who watches only looks. */
  trainer: Trainer | undefined
  /** The probe of the epoch that is looked at, once it is read. */
  #looked: { readonly run: LabRun; readonly probe: ProbeEvent } | undefined
  /** Grows with every change. */
  version = 0
  /** How long its frames took, for who wants to know what the lab costs. */
  readonly times = new FrameTimes()
  /** Draws at once, where somebody draws. */
  draw: () => void = () => {}

  /** Something is to be drawn anew, with the next frame. */
  changed(): void {
    this.version += 1
  }

  /** Like {@link changed}, and drawn at once: the answer to a key that took a moment. */
  answered(): void {
    this.changed()
    this.draw()
  }

  /** How long to wait between two frames: training wants the cores, and where it has them all it is left alone longer. */
  get millisecondsPerFrame(): number {
    const threads = this.runs.reduce((sum, run) => sum + (run.live ? (run.history.start?.engine.threads ?? 1) : 0), 0)
    return threads >= availableParallelism() ? busyFrame : idleFrame
  }

  /** The runs that the filter lets through, in the order in which they came. */
  get listed(): readonly LabRun[] {
    const wanted = this.filter.toLowerCase()
    if (wanted === '') return this.runs
    return this.runs.filter(({ name, differs }) => `${name} ${differs}`.toLowerCase().includes(wanted))
  }

  /** The runs to compare: the marked ones, or all that are listed. */
  get compared(): readonly LabRun[] {
    const marked = this.listed.filter((run) => this.marked.has(run))
    return marked.length > 0 ? marked : this.listed
  }

  /** What is seen of a run's latents and pictures: the newest, or that of the epoch that is looked at. */
  probeOf(run: LabRun): ProbeEvent | undefined {
    if (this.scrubbed === undefined || run !== this.selected) return run.history.probe
    return this.#looked?.run === run ? this.#looked.probe : run.history.probe
  }

  /** Looks at an earlier epoch of the selected run. */
  look(run: LabRun, probe: ProbeEvent): void {
    this.#looked = { run, probe }
    this.answered()
  }

  /** One more run. */
  add(seed: RunSeed): LabRun {
    const run = new LabRun(seed)
    this.runs.push(run)
    this.selected ??= run
    this.changed()
    return run
  }

  /** Selects a run; what was looked at of another is left. */
  select(run: LabRun | undefined): void {
    if (run === this.selected) return
    this.selected = run
    this.scrubbed = undefined
    this.changed()
  }

  /** Selects the run that stands so many places further down in the list, around its end. */
  move(places: number): void {
    const { listed } = this
    const at = this.selected === undefined ? -1 : listed.indexOf(this.selected)
    if (listed.length === 0) return
    this.select(listed[(Math.max(at, 0) + (at < 0 ? 0 : places) + listed.length) % listed.length])
  }

  show(view: View): void {
    this.view = view
    this.changed()
  }

  /** A line for the log. */
  say(text: string, { run, tone = 'plain' }: { run?: LabRun; tone?: LogLine['tone'] } = {}): void {
    this.log.push({ time: new Date(), text, tone, ...(run && { run: run.name }) })
    if (this.log.length > mostLines) this.log.shift()
    this.changed()
  }

  /** An event of a run: kept, and said in the log where a person would want to know. */
  hear(run: LabRun, event: TrainingEvent): void {
    run.hear(event)
    this.comment(run, event)
    this.changed()
  }

  /** Says in the log what a person would want to know of an event. */
  comment(run: LabRun, event: TrainingEvent): void {
    if (event.type === 'warning') this.say(inFlags(event.message), { run, tone: 'warning' })
    if (event.type === 'control') this.say(controlWords(event), { run })
    if (event.type === 'checkpoint' && event.reason === 'request') this.say(`checkpoint in ${event.path}`, { run })
    if (event.type !== 'end') return
    if (event.status === 'completed')
      this.say(`${event.epochs} epochs done${event.model === undefined ? '' : `, ${event.model} saved`}`, {
        run,
        tone: 'good',
      })
    else if (event.error !== undefined) this.say(inFlags(event.error.message), { run, tone: 'bad' })
    else this.say(event.status, { run })
  }
}

/** `β 5 → 3 at step 6,031`. */
function controlWords({ name, from, to, rule, step }: Extract<TrainingEvent, { type: 'control' }>): string {
  const at = `at step ${count(step)}`
  const symbol = name === 'beta' ? 'β' : name === 'learningRate' ? 'learning rate' : name
  if (rule !== undefined) return `${symbol} follows ${JSON.stringify(rule)} from ${at.slice(3)}`
  return to === undefined ? `${symbol} ${at}` : `${symbol} ${weight(from ?? Number.NaN)} → ${weight(to)} ${at}`
}
