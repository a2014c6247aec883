/** A run that another process trains, followed through its folder. */
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { ProbeEvent, TrainingEvent } from '../../../index.js'
import { parseEvent } from '../../../research.js'
import { runFiles } from '../folder.js'
import { probePath, readProbe } from './probes.js'
import { Tail } from './tail.js'
import { type TrainerProcess, trainerOf } from './trainer-process.js'

/** The folder is looked at this often: a network file system tells nobody of changes. */
const lookEvery = 200
/** Silence is told this often, in milliseconds. */
const tellEvery = 1000

/** The run went back to a checkpoint: its events come again from the beginning, and what was told before is void. */
export interface Again {
  readonly type: 'again'
}

/** There is nothing new, and the run has not ended. Told every second. */
export interface Silence {
  readonly type: 'silence'
  /** Since when, in seconds. */
  readonly seconds: number
  /** Who trains; undefined if nobody does: the run was stopped, or its process killed. */
  readonly trainer?: TrainerProcess
}

/** What a follower hears. */
export type News = TrainingEvent | Again | Silence

/**
 * What a run has told so far, and what it tells from now on, up to its `end`. Events are those that the process itself
 * hears, but for steps, of which the record holds every tenth, for checkpoints by schedule, and for probes by the clock.
 *
 * A run that is stopped has no `end`, as it may be resumed: then there is only {@link Silence}.
 *
 * @param folder The run folder; it may still be empty.
 * @param signal Ends the iteration, which then throws `signal.reason`.
 */
export async function* followRun(folder: string, signal: AbortSignal): AsyncGenerator<News, void, undefined> {
  const record = new Tail(join(folder, runFiles.metrics))
  let probe = noProbe
  let [heard, told] = [performance.now(), 0]
  while (true) {
    signal.throwIfAborted()
    const { again, lines } = await record.read()
    if (again) {
      yield { type: 'again' }
      probe = noProbe
    }
    for (const event of lines.flatMap((line) => parseEvent(line) ?? [])) {
      // A probe is written before the next step is made: if it is not there now, there is none.
      if (event.step > probe.step || event.type === 'end') {
        yield* probeOf(folder, probe)
        probe = noProbe
      }
      yield event
      if (event.type === 'end') return
      if (event.type === 'start' || event.type === 'epoch') probe = event
    }
    for await (const event of probeOf(folder, probe)) {
      yield event
      probe = noProbe
    }
    if (lines.length > 0) [heard, told] = [performance.now(), 0]
    const silent = performance.now() - heard
    if (silent - told >= tellEvery) {
      const trainer = await trainerOf(folder)
      yield { type: 'silence', seconds: silent / 1000, ...(trainer && { trainer }) }
      told = silent
    }
    await setTimeout(lookEvery, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

/** The moment whose probe is waited for. */
const noProbe = { epoch: Number.NaN, step: Number.POSITIVE_INFINITY }

/** The probe of an epoch, if it has been made. */
async function* probeOf(folder: string, { epoch }: { epoch: number }): AsyncGenerator<ProbeEvent> {
  if (Number.isNaN(epoch)) return
  const probe = await readProbe(probePath(folder, epoch)).catch(() => undefined)
  if (probe !== undefined) yield probe
}
