/** Follows a run of another process through its folder. */
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { ProbeEvent, TrainingEvent } from '../../../index.js'
import { parseEvent } from '../../../research.js'
import { runFiles } from '../folder.js'
import { probePath, readProbe } from './probes.js'
import { Tail } from './tail.js'
import { type TrainerProcess, trainerOf } from './trainer-process.js'

/** Milliseconds between polls of the folder: a network file system sends no change notifications. */
const pollInterval = 200
/** Milliseconds between `silence` events. */
const silenceInterval = 1000

/** The run went back to a checkpoint: its events repeat from the beginning, and earlier ones are void. */
export interface Rewound {
  readonly type: 'rewound'
}

/** No new event, and the run has not ended. Emitted every second. */
export interface Silence {
  readonly type: 'silence'
  /** Seconds since the last event. */
  readonly seconds: number
  /** The training process; undefined if there is none: the run was stopped, or its process killed. */
  readonly trainer?: TrainerProcess
}

/** An event of a followed run. */
export type FollowEvent = TrainingEvent | Rewound | Silence

/**
 * Yields a run's recorded events and then its new ones, up to its `end`. They are the events of the training process,
 * except for steps (the record holds every tenth), scheduled checkpoints, and probes by the clock.
 *
 * A stopped run has no `end`, because it may be resumed: it yields only {@link Silence}.
 *
 * @param folder The run folder; it may still be empty.
 * @param signal Ends the iteration, which then throws `signal.reason`.
 */
export async function* followRun(folder: string, signal: AbortSignal): AsyncGenerator<FollowEvent, void, undefined> {
  const record = new Tail(join(folder, runFiles.metrics))
  let probe = noProbe
  let [lastEventAt, reportedSilence] = [performance.now(), 0]
  while (true) {
    signal.throwIfAborted()
    const { rewound, lines } = await record.read()
    if (rewound) {
      yield { type: 'rewound' }
      probe = noProbe
    }
    for (const event of lines.flatMap((line) => parseEvent(line) ?? [])) {
      // A probe is written before the next step: if the file is missing now, there is none.
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
    if (lines.length > 0) [lastEventAt, reportedSilence] = [performance.now(), 0]
    const silent = performance.now() - lastEventAt
    if (silent - reportedSilence >= silenceInterval) {
      const trainer = await trainerOf(folder)
      yield { type: 'silence', seconds: silent / 1000, ...(trainer && { trainer }) }
      reportedSilence = silent
    }
    await setTimeout(pollInterval, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

/** Step stamp without a pending probe. */
const noProbe = { epoch: Number.NaN, step: Number.POSITIVE_INFINITY }

/** Yields the probe of an epoch, if there is one. */
async function* probeOf(folder: string, { epoch }: { epoch: number }): AsyncGenerator<ProbeEvent> {
  if (Number.isNaN(epoch)) return
  const probe = await readProbe(probePath(folder, epoch)).catch(() => undefined)
  if (probe !== undefined) yield probe
}
