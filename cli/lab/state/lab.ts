/** State of the lab: runs, selection, log. Views draw it, keys change it. */
import { availableParallelism } from 'node:os'
import type { ProbeEvent, TrainingEvent } from '../../../index.js'
import { withFlagNames } from '../../base/option-names.js'
import { controlText } from '../../reporters/control.js'
import type { Dialog } from './dialog.js'
import { FrameTimes } from './frame-times.js'
import type { Trainer } from './host.js'
import { LabRun, type RunSeed } from './lab-run.js'

export const views = ['overview', 'run', 'explorer', 'compare'] as const
/** View that fills the screen. */
export type View = (typeof views)[number]

/** Kind of probe pictures in a view. */
export type PictureKind = 'reconstructions' | 'samples'

/** Curve settings, shared by all views. */
export interface ChartSettings {
  /** Set for a logarithmic loss axis. */
  readonly log: boolean
  /** Weight of past values in the exponential moving average, in [0, 1). */
  readonly smoothing: number
  readonly axis: 'step' | 'epoch' | 'seconds'
}

/** Line of the log. */
export interface LogLine {
  readonly time: Date
  /** Name of the run it concerns. */
  readonly run?: string
  readonly text: string
  readonly tone: 'plain' | 'good' | 'warning' | 'bad'
}

/** Maximum lines kept; older ones remain in the runs' records. */
const maxLogLines = 200

/** Milliseconds between frames, about ten per second when idle and five when busy; drawing adds some milliseconds. */
const idleFrame = 95
const busyFrame = 185

export class Lab {
  readonly runs: LabRun[] = []
  readonly log: LogLine[] = []
  /** Texts of {@link writeLogOnce}. */
  readonly #saidOnce = new Set<string>()
  /** Runs marked for comparison. */
  readonly marked = new Set<LabRun>()
  view: View = 'overview'
  selected: LabRun | undefined
  /** Text that the listed runs contain in their name or parameters. */
  filter = ''
  charts: ChartSettings = { log: false, smoothing: 0, axis: 'epoch' }
  /**
   * Pictures of the run view: reconstructions of the first examples, or samples from the prior. Without room below the
   * curves they replace the curves; `'curves'` keeps the curves.
   */
  pictures: 'curves' | PictureKind = 'curves'
  /** Epoch whose probe is shown; undefined follows the newest. */
  scrubbed: number | undefined
  dialog: Dialog | undefined
  /** Summary of the data, for the header. */
  facts = ''
  /** Starts and stops runs; undefined in a read-only lab. */
  trainer: Trainer | undefined
  /** Probe of the scrubbed epoch, once read. */
  #shownProbe: { readonly run: LabRun; readonly probe: ProbeEvent } | undefined
  /** Incremented by every change. */
  version = 0
  /** Frame times, shown below the list of keys. */
  readonly times = new FrameTimes()
  /** Draws immediately; set by the component. */
  draw: () => void = () => {}

  /** Schedules a redraw with the next frame. */
  changed(): void {
    this.version += 1
  }

  /** Redraws immediately, after delayed results of a key; otherwise like {@link changed}. */
  redraw(): void {
    this.changed()
    this.draw()
  }

  /** Pause between two frames; longer while training uses all cores. */
  get millisecondsPerFrame(): number {
    const threads = this.runs.reduce((sum, run) => sum + (run.live ? (run.history.start?.engine.threads ?? 1) : 0), 0)
    return threads >= availableParallelism() ? busyFrame : idleFrame
  }

  /** Runs that pass the filter, in order of arrival. */
  get listed(): readonly LabRun[] {
    const pattern = this.filter.toLowerCase()
    if (pattern === '') return this.runs
    return this.runs.filter(({ name, paramsText }) => `${name} ${paramsText}`.toLowerCase().includes(pattern))
  }

  /** Runs to compare: the marked ones, else all listed ones. */
  get compared(): readonly LabRun[] {
    const marked = this.listed.filter((run) => this.marked.has(run))
    return marked.length > 0 ? marked : this.listed
  }

  /** Probe shown for a run: the newest, or that of the scrubbed epoch. */
  probeOf(run: LabRun): ProbeEvent | undefined {
    if (this.scrubbed === undefined || run !== this.selected) return run.history.probe
    return this.#shownProbe?.run === run ? this.#shownProbe.probe : run.history.probe
  }

  /** Shows the probe of an earlier epoch. */
  showProbe(run: LabRun, probe: ProbeEvent): void {
    this.#shownProbe = { run, probe }
    this.redraw()
  }

  /** Adds a run. */
  add(seed: RunSeed): LabRun {
    const run = new LabRun(seed)
    this.runs.push(run)
    this.selected ??= run
    this.changed()
    return run
  }

  /** Selects a run and ends scrubbing. */
  select(run: LabRun | undefined): void {
    if (run === this.selected) return
    this.selected = run
    this.scrubbed = undefined
    this.changed()
  }

  /** Moves the selection down by `places`, wrapping around. */
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

  /** Appends a line to the log. */
  writeLog(text: string, { run, tone = 'plain' }: { run?: LabRun; tone?: LogLine['tone'] } = {}): void {
    this.log.push({ time: new Date(), text, tone, ...(run && { run: run.name }) })
    if (this.log.length > maxLogLines) this.log.shift()
    this.changed()
  }

  /** The same, unless the log has had a line of this text. */
  writeLogOnce(text: string, options?: Parameters<Lab['writeLog']>[1]): void {
    if (this.#saidOnce.has(text)) return
    this.#saidOnce.add(text)
    this.writeLog(text, options)
  }

  /** Records an event of a run, and logs it if it matters to the user. */
  onEvent(run: LabRun, event: TrainingEvent): void {
    run.onEvent(event)
    this.logEvent(run, event)
    this.changed()
  }

  /** Logs an event if it matters to the user. */
  logEvent(run: LabRun, event: TrainingEvent): void {
    if (event.type === 'start') for (const note of event.notes ?? []) this.writeLogOnce(withFlagNames(note))
    if (event.type === 'warning') this.writeLog(withFlagNames(event.message), { run, tone: 'warning' })
    if (event.type === 'control') this.writeLog(controlText(event), { run })
    if (event.type === 'checkpoint' && event.reason === 'request') this.writeLog(`checkpoint in ${event.path}`, { run })
    if (event.type !== 'end') return
    if (event.status === 'completed')
      this.writeLog(`${event.epochs} epochs done${event.model === undefined ? '' : `, ${event.model} saved`}`, {
        run,
        tone: 'good',
      })
    else if (event.error !== undefined) this.writeLog(withFlagNames(event.error.message), { run, tone: 'bad' })
    else this.writeLog(event.status, { run })
  }
}
