/** Actions on the lab as a whole: new runs, files, leaving. */

import { sentence } from '../../base/exit.js'
import { betaText } from '../../flags/beta.js'
import type { LabExit } from '../../reporters/reporter.js'
import { trainCommand } from '../../runs/command-line.js'
import { readRun } from '../../runs/folder.js'
import type { Host, Trainer } from '../state/host.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { betaOf } from './controls.js'
import { writeScreen } from './screenshot.js'

/** Prompts for the β of a fork. */
export function askFork(lab: Lab): void {
  withTrainer(lab, (trainer, run) => {
    const { beta } = run.history
    lab.dialog = {
      kind: 'prompt',
      title: `fork ${run.name} at epoch ${run.history.epoch} with β`,
      hint: `now ${Number.isNaN(beta) ? '–' : betaText(beta)}; the run itself continues`,
      text: '',
      enter: (text) => logFailure(lab, run, trainer.fork(run, betaOf(text))),
    }
    lab.changed()
  })
}

/** Prompts for the flags of a new run. */
export function askTrial(lab: Lab): void {
  withTrainer(lab, (trainer, run) => {
    lab.dialog = {
      kind: 'prompt',
      title: `train like ${run.name}, but with`,
      hint: '--beta 3 --latent-dim 10 --seed 2 …',
      text: '--beta ',
      enter: (text) => logFailure(lab, run, trainer.trainAgain(run, text)),
    }
    lab.changed()
  })
}

/** Starts a run with the same options from the beginning; the selected one stays. */
export function trainAgain(lab: Lab): void {
  withTrainer(lab, (trainer, run) => logFailure(lab, run, trainer.trainAgain(run, '')))
}

/** Saves the screen as an SVG; while scrubbing, as an animation over all epochs. */
export function saveScreen(lab: Lab, host: Host): void {
  logFailure(
    lab,
    lab.selected,
    writeScreen(lab, host.rows).then((path) => lab.writeLog(`${path} written`, { tone: 'good' })),
  )
}

/** Copies the command line that reproduces the selected run. */
export function copyCommand(lab: Lab, host: Host): void {
  const run = lab.selected
  if (run === undefined) return
  logFailure(
    lab,
    run,
    readRun(run.folder).then((record) => {
      const line = trainCommand(record, run.folder)
      host.copy(line)
      lab.writeLog(line, { run })
    }),
  )
}

/** Leaves the lab; asks first if runs are active. */
export function leave(lab: Lab, host: Host): void {
  const active = lab.runs.filter((run) => run.live).length
  if (lab.trainer === undefined || active === 0) {
    host.close('end')
    return
  }
  const close = (how: LabExit) => ({ action: () => host.close(how) })
  lab.dialog = {
    kind: 'question',
    title: 'leave the lab?',
    lines: [`${active === 1 ? '1 run is' : `${active} runs are`} active.`],
    answers: [
      // A second Ctrl-C confirms.
      { key: 's', also: 'ctrl-c', label: 'stop and keep: models and checkpoints', ...close('stop') },
      { key: 'd', label: 'detach: training continues without the lab; vae-native watch shows it', ...close('detach') },
      { key: 'c', label: 'cancel: stay', action: () => {} },
    ],
  }
  lab.changed()
}

/** Applies `action` to the selected run, or logs that this lab starts no runs. */
function withTrainer(lab: Lab, action: (trainer: Trainer, run: LabRun) => void): void {
  const { selected, trainer } = lab
  if (selected === undefined) return
  if (trainer === undefined) lab.writeLog('this lab only watches; start runs with vae-native lab', { run: selected })
  else action(trainer, selected)
}

/** Logs the error if `work` fails. */
function logFailure(lab: Lab, run: LabRun | undefined, work: Promise<void>): void {
  work.catch((error) => lab.writeLog(sentence(error), { ...(run && { run }), tone: 'bad' }))
}
