/**
 * Controls of a training run: β, η, pause, step, checkpoint, stop. Each calls the run, and the engine emits an event.
 */

import type { Beta, TrainingRun } from '../../../index.js'
import { CliError, sentence } from '../../base/exit.js'
import { parseBeta } from '../../flags/beta.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'

/** β after an increase from 0, because no factor leads away from 0; below half of it, β becomes 0. */
const minBeta = 0.1

/** Requested β and η whose events are pending: keys may arrive faster than steps. */
const pending = new WeakMap<LabRun, { beta?: number; learningRate?: number }>()

/** Multiplies β; a rule is replaced by the scaled value. */
export function scaleBeta(lab: Lab, factor: number): void {
  withRun(lab, async (labRun, run) => {
    const now = pending.get(labRun)?.beta ?? labRun.history.beta
    const scaled = now === 0 && factor > 1 ? minBeta : rounded(now * factor)
    const beta = scaled < minBeta / 2 ? 0 : scaled
    if (Number.isNaN(beta)) return
    await request(labRun, { beta }, () => run.setBeta(beta))
  })
}

/** Sets β in the syntax of `--beta`: `3`, `linear:0:4:10`, `target-kl:10`. */
export function setBeta(lab: Lab, text: string): void {
  const beta = betaOf(text)
  withRun(lab, async (labRun, run) => {
    await request(labRun, typeof beta === 'number' ? { beta } : {}, () => run.setBeta(beta))
  })
}

/** Multiplies Adam's step size. */
export function scaleLearningRate(lab: Lab, factor: number): void {
  withRun(lab, async (labRun, run) => {
    const learningRate = rounded((pending.get(labRun)?.learningRate ?? labRun.history.learningRate) * factor)
    await request(labRun, { learningRate }, () => run.setLearningRate(learningRate))
  })
}

/** Pauses a running run, or resumes a paused one. */
export function pauseOrResume(lab: Lab): void {
  withRun(lab, async ({ history }, run) => {
    if (history.paused) await run.resume()
    else await run.pause()
  })
}

/** Takes one optimiser step, then pauses. */
export function step(lab: Lab): void {
  withRun(lab, async (_, run) => {
    await run.step()
  })
}

/** Writes a checkpoint. */
export function checkpoint(lab: Lab): void {
  withRun(lab, async (_, run) => {
    await run.checkpoint()
  })
}

/** Stops the selected run after confirmation; it keeps its model. */
export function stop(lab: Lab): void {
  withRun(lab, async (labRun, run) => {
    lab.dialog = {
      kind: 'question',
      title: `stop ${labRun.name}?`,
      lines: [`It keeps its model and a checkpoint: vae-native train --resume ${labRun.folder}`],
      answers: [
        { key: 'y', label: 'stop it', action: () => void run.stop().catch(() => {}) },
        { key: 'n', label: 'continue', action: () => {} },
      ],
    }
    lab.changed()
  })
}

/** Parses a typed β; throws a {@link CliError} with the accepted forms. */
export function betaOf(text: string): Beta {
  try {
    return parseBeta(text)
  } catch (error) {
    throw new CliError(`β: ${sentence(error)}`)
  }
}

/** Applies `action` to the selected run if this process trains it, else logs the reason. */
function withRun(lab: Lab, action: (labRun: LabRun, run: TrainingRun) => Promise<void>): void {
  const { selected } = lab
  if (selected === undefined) return
  const { run, history } = selected
  if (run === undefined || history.end !== undefined) {
    const why =
      history.end !== undefined ? 'the run has ended' : 'another process trains the run, or it has not started'
    lab.writeLog(`nothing to change: ${why}`, { run: selected })
    return
  }
  action(selected, run).catch((error) => lab.writeLog(sentence(error), { run: selected, tone: 'bad' }))
}

async function request(
  labRun: LabRun,
  values: { beta?: number; learningRate?: number },
  send: () => Promise<unknown>,
): Promise<void> {
  const all = { ...pending.get(labRun), ...values }
  pending.set(labRun, all)
  try {
    await send()
  } finally {
    // Keep the request of a later key.
    if (pending.get(labRun) === all) pending.delete(labRun)
  }
}

/** Rounds to three significant digits, like a typed value. */
function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
