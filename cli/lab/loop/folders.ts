/** Lab over run and sweep folders that have ended or that another process trains. */
import { basename, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { readStudy } from '../../../research.js'
import { sentence } from '../../base/exit.js'
import type { Output } from '../../base/output.js'
import { readRun } from '../../runs/folder.js'
import { RecallError } from '../../runs/recall-error.js'
import { holdsStudy } from '../../runs/sweep-plan.js'
import { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { openLab } from './open.js'
import type { Screen } from './screen.js'
import { Sources } from './sources.js'
import { LabTrainer } from './trainer.js'
import { Trials } from './trials.js'
import { watch } from './watching.js'
import { logTo } from './with-lab.js'

/** Milliseconds between polls for new trials of a sweep, which appear every few minutes. */
const pollInterval = 1000

/**
 * Shows the runs in these folders, and the trials of sweeps, until the user leaves.
 *
 * @param trains True if the lab may start runs: forks, and others on the same data.
 * @param signal Closes the lab; its reason is then thrown.
 * @param screen Open screen; closed at the end.
 */
export async function showFolders(
  folders: readonly string[],
  trains: boolean,
  output: Output,
  signal: AbortSignal,
  screen: Screen,
): Promise<void> {
  for (const folder of folders) await (holdsStudy(folder) ? readStudy(folder) : readRun(folder))
  const ending = new AbortController()
  const lab = new Lab()
  const sources = new Sources(logTo(output, lab), ending.signal)
  lab.facts = folders.length === 1 ? (folders[0] ?? '') : `${folders.length} folders`
  if (trains) lab.trainer = new LabTrainer(lab, (run) => sources.of(run))
  const { left, close } = openLab(lab, output.progressPaint, screen)
  signal.addEventListener('abort', () => close('stop'), { once: true })
  const watches = folders.map((folder) => {
    if (holdsStudy(folder)) return watchSweep(folder, lab, sources, ending.signal)
    if (folders.length === 1) lab.view = 'run'
    return showRun(lab.add({ name: basename(resolve(folder)), folder }), lab, sources, ending.signal)
  })
  for (const work of watches)
    work.catch((error) => {
      // Leaving aborts the watch; a folder that vanishes is logged.
      if (!ending.signal.aborted) lab.writeLog(sentence(error), { tone: 'bad' })
    })
  await left
  ending.abort()
  signal.throwIfAborted()
}

/** Follows a run and shows its examples beside their reconstructions; says once if its data are not there, or others. */
async function showRun(run: LabRun, lab: Lab, sources: Sources, signal: AbortSignal): Promise<void> {
  sources.shown(run).then(
    ({ examples, facts }) => {
      run.probed = examples
      lab.facts = facts
      lab.changed()
    },
    (error) => {
      if (signal.aborted) return
      const finding = error instanceof RecallError ? error.finding : sentence(error)
      lab.writeLogOnce(`${finding}; no examples are shown`, { run, tone: 'warning' })
    },
  )
  await watch(lab, run, signal)
}

/** Follows the trials of a sweep and polls for new ones. */
async function watchSweep(folder: string, lab: Lab, sources: Sources, signal: AbortSignal): Promise<void> {
  const shown = new Trials(lab, (run) => {
    showRun(run, lab, sources, signal).catch((error) => {
      if (!signal.aborted) lab.writeLog(sentence(error), { run, tone: 'bad' })
    })
  })
  while (!signal.aborted) {
    const { trials } = await readStudy(folder)
    for (const trial of trials) shown.show(trial)
    await setTimeout(pollInterval, undefined, { signal }).catch(() => {})
  }
}
