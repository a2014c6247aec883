/** The lab over run folders: of runs that ended, and of runs that another process trains. */
import { basename, resolve } from 'node:path'
import type { Output } from '../output.js'
import { readRun } from '../run-folder.js'
import { Lab } from './lab.js'
import { openLab } from './open.js'
import { factsOf } from './reporter.js'
import { Sources } from './sources.js'
import { LabTrainer } from './trainer.js'
import { watch } from './watching.js'

/**
 * Shows the runs in these folders until the lab is left.
 *
 * @param trains Whether runs may be begun from here: forks, and others on the same data.
 * @param signal Leaves the lab, and is then thrown.
 */
export async function showFolders(
  folders: readonly string[],
  trains: boolean,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  for (const folder of folders) await readRun(folder)
  const ending = new AbortController()
  const lab = new Lab()
  const sources = new Sources(quiet(output), ending.signal)
  const runs = folders.map((folder) => lab.add({ name: basename(resolve(folder)), folder }))
  lab.facts = folders.length === 1 ? (folders[0] ?? '') : `${folders.length} runs`
  lab.view = runs.length === 1 ? 'run' : 'overview'
  const { left, close } = openLab(
    lab,
    output.progressPaint,
    trains ? new LabTrainer(lab, (run) => sources.of(run)) : undefined,
  )
  signal.addEventListener('abort', () => close('stop'), { once: true })
  for (const run of runs) {
    // Who leaves ends the watch; a folder that vanishes meanwhile is a line in the log.
    watch(lab, run, ending.signal).catch((error) => {
      if (!ending.signal.aborted) lab.say(String(error), { run, tone: 'bad' })
    })
    // The examples are shown beside what became of them where they can be found.
    sources.of(run).then(
      ({ data }) => {
        run.probed = data.validation ?? data.train
        lab.facts = factsOf(data)
        lab.changed()
      },
      () => {},
    )
  }
  await left
  ending.abort()
  signal.throwIfAborted()
}

/** Nothing may be written beside the lab. */
function quiet(output: Output): Output {
  return { ...output, progress: () => {}, notice: () => {} }
}
