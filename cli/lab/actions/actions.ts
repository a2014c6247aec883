/** What keys do beyond the selected run: new runs, files, the way out. */

import { sentence } from '../../base/exit.js'
import { betaText } from '../../flags/beta.js'
import type { Leaving } from '../../reporters/reporter.js'
import { trainCommand } from '../../runs/command-line.js'
import { readRun } from '../../runs/folder.js'
import type { Host, Trainer } from '../state/host.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { betaOf } from './controls.js'
import { writeScreen } from './screenshot.js'

/** Asks for the β of a fork. */
export function askFork(lab: Lab): void {
  training(lab, (trainer, run) => {
    const { beta } = run.history
    lab.dialog = {
      kind: 'prompt',
      title: `fork ${run.name} at epoch ${run.history.epoch} with β`,
      hint: `now ${Number.isNaN(beta) ? '–' : betaText(beta)}; the run itself goes on`,
      text: '',
      enter: (text) => said(lab, run, trainer.fork(run, betaOf(text))),
    }
    lab.changed()
  })
}

/** Asks for the flags of a new run. */
export function askTrial(lab: Lab): void {
  training(lab, (trainer, run) => {
    lab.dialog = {
      kind: 'prompt',
      title: `train like ${run.name}, but with`,
      hint: '--beta 3 --latent-dim 10 --seed 2 …',
      text: '--beta ',
      enter: (text) => said(lab, run, trainer.again(run, text)),
    }
    lab.changed()
  })
}

/** A run with the same options from the start; the first one stays. */
export function again(lab: Lab): void {
  training(lab, (trainer, run) => said(lab, run, trainer.again(run, '')))
}

/** The screen as an SVG; while epochs are looked through, the latent plane of all of them, in motion. */
export function keepScreen(lab: Lab, host: Host): void {
  said(
    lab,
    lab.selected,
    writeScreen(lab, host.rows).then((path) => lab.say(`${path} written`, { tone: 'good' })),
  )
}

/** Copies the command line that trains the selected run again. */
export function copyCommand(lab: Lab, host: Host): void {
  const run = lab.selected
  if (run === undefined) return
  said(
    lab,
    run,
    readRun(run.folder).then((record) => {
      const line = trainCommand(record, run.folder)
      host.copy(line)
      lab.say(line, { run })
    }),
  )
}

/** Leaves the lab, and asks first if something goes on that would be lost or cut short. */
export function leave(lab: Lab, host: Host): void {
  const going = lab.runs.filter((run) => run.live).length
  if (lab.trainer === undefined || going === 0) {
    host.close('end')
    return
  }
  const close = (how: Leaving) => ({ does: () => host.close(how) })
  lab.dialog = {
    kind: 'question',
    title: 'leave the lab?',
    lines: [`${going === 1 ? '1 run goes' : `${going} runs go`} on.`],
    answers: [
      // Who presses Ctrl-C twice means it.
      { key: 's', also: 'ctrl-c', words: 'stop and keep: models and checkpoints', ...close('stop') },
      { key: 'd', words: 'detach: training goes on without the lab, vae-native watch shows it', ...close('detach') },
      { key: 'c', words: 'cancel: stay', does: () => {} },
    ],
  }
  lab.changed()
}

/** Does something with the selected run if anything can be trained here, and says why not where it cannot. */
function training(lab: Lab, does: (trainer: Trainer, run: LabRun) => void): void {
  const { selected, trainer } = lab
  if (selected === undefined) return
  if (trainer === undefined) lab.say('this lab only watches; start runs with vae-native lab', { run: selected })
  else does(trainer, selected)
}

/** What fails is said in the log. */
function said(lab: Lab, run: LabRun | undefined, work: Promise<void>): void {
  work.catch((error) => lab.say(sentence(error), { ...(run && { run }), tone: 'bad' }))
}
