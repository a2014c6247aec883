/** What a person may do to a run while it trains. Each is an ordinary call of the run; the engine answers with an event. */

import type { Beta, TrainingRun } from '../../../index.js'
import { CliError, sentence } from '../../base/exit.js'
import { parseBeta } from '../../flags/beta.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'

/** Where β goes from 0, of which no factor leads away. */
const smallestBeta = 0.1

/** β or η that were asked for and have not come back as an event yet: keys may come faster than steps. */
const wanted = new WeakMap<LabRun, { beta?: number; learningRate?: number }>()

/** Multiplies β; where it follows a rule, the number that it has now, which then stays. */
export function scaleBeta(lab: Lab, factor: number): void {
  held(lab, async (labRun, run) => {
    const now = wanted.get(labRun)?.beta ?? labRun.history.beta
    const scaled = now === 0 && factor > 1 ? smallestBeta : rounded(now * factor)
    const beta = scaled < smallestBeta / 2 ? 0 : scaled
    if (Number.isNaN(beta)) return
    await asked(labRun, { beta }, () => run.setBeta(beta))
  })
}

/** Sets β as `--beta` takes it: `3`, `linear:0:4:10`, `target-kl:10`. */
export function setBeta(lab: Lab, text: string): void {
  const beta = betaOf(text)
  held(lab, async (labRun, run) => {
    await asked(labRun, typeof beta === 'number' ? { beta } : {}, () => run.setBeta(beta))
  })
}

/** Multiplies Adam's step size. */
export function scaleLearningRate(lab: Lab, factor: number): void {
  held(lab, async (labRun, run) => {
    const learningRate = rounded((wanted.get(labRun)?.learningRate ?? labRun.history.learningRate) * factor)
    await asked(labRun, { learningRate }, () => run.setLearningRate(learningRate))
  })
}

/** Holds a run that goes on, lets one go on that is held. */
export function pauseOrResume(lab: Lab): void {
  held(lab, async ({ history }, run) => {
    if (history.paused) await run.resume()
    else await run.pause()
  })
}

/** One optimiser step, and held after it. */
export function step(lab: Lab): void {
  held(lab, async (_, run) => {
    await run.step()
  })
}

/** A checkpoint now. */
export function checkpoint(lab: Lab): void {
  held(lab, async (_, run) => {
    await run.checkpoint()
  })
}

/** Ends the selected run with its model, once that is confirmed. */
export function stop(lab: Lab): void {
  held(lab, async (labRun, run) => {
    lab.dialog = {
      kind: 'question',
      title: `stop ${labRun.name}?`,
      lines: [`It keeps its model and a checkpoint: vae-native train --resume ${labRun.folder}`],
      answers: [
        { key: 'y', words: 'stop it', does: () => void run.stop().catch(() => {}) },
        { key: 'n', words: 'go on', does: () => {} },
      ],
    }
    lab.changed()
  })
}

/** β as it is typed; throws the sentence that says what would be right. */
export function betaOf(text: string): Beta {
  try {
    return parseBeta(text)
  } catch (error) {
    throw new CliError(`β: ${sentence(error)}`)
  }
}

/** Does something with the selected run if this process trains it, and says why not where it does not. */
function held(lab: Lab, does: (labRun: LabRun, run: TrainingRun) => Promise<void>): void {
  const { selected } = lab
  if (selected === undefined) return
  const { run, history } = selected
  if (run === undefined || history.end !== undefined) {
    const why = history.end !== undefined ? 'it has ended' : 'it is trained by another process, or not yet'
    lab.say(`there is nothing to change: ${why}`, { run: selected })
    return
  }
  does(selected, run).catch((error) => lab.say(sentence(error), { run: selected, tone: 'bad' }))
}

async function asked(
  labRun: LabRun,
  values: { beta?: number; learningRate?: number },
  ask: () => Promise<unknown>,
): Promise<void> {
  const all = { ...wanted.get(labRun), ...values }
  wanted.set(labRun, all)
  try {
    await ask()
  } finally {
    // Unless another key has asked for more meanwhile.
    if (wanted.get(labRun) === all) wanted.delete(labRun)
  }
}

/** To three significant digits: what a person would have typed. */
function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
