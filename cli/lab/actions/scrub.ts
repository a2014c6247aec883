/** Looking back: the probes of earlier epochs, as the run folder keeps them. */
import type { ProbeEvent } from '../../../index.js'
import { probePath, probesOf, readProbe } from '../../runs/record/probes.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'

/** Looks at the selected run so many epochs later, or earlier; from the last epoch on it follows the run again. */
export function scrub(lab: Lab, epochs: number): void {
  const { selected, scrubbed } = lab
  if (selected === undefined) return
  const last = selected.history.epochs.at(-1)?.epoch ?? 0
  const to = Math.max(0, (scrubbed ?? last) + epochs)
  if (to >= last) {
    lab.scrubbed = undefined
    lab.answered()
    return
  }
  lab.scrubbed = to
  readProbe(probePath(selected.folder, to)).then(
    (probe) => {
      // Unless another key was faster.
      if (lab.selected === selected && lab.scrubbed === to) lab.look(selected, probe)
    },
    () => lab.say(`no probe is kept of epoch ${to}`, { run: selected }),
  )
}

/** Every probe that is kept of a run, the first epoch first. */
export async function* earlierProbes({ folder }: LabRun): AsyncGenerator<ProbeEvent> {
  for (const { path } of await probesOf(folder)) yield await readProbe(path)
}
