/** Scrubbing: shows probes of earlier epochs from the run folder. */
import type { ProbeEvent } from '../../../index.js'
import { probePath, probesOf, readProbe } from '../../runs/record/probes.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'

/** Moves the shown epoch by `epochs`; from the last epoch on, the view follows the run again. */
export function scrub(lab: Lab, epochs: number): void {
  const { selected, scrubbed } = lab
  if (selected === undefined) return
  const last = selected.history.epochs.at(-1)?.epoch ?? 0
  const to = Math.max(0, (scrubbed ?? last) + epochs)
  if (to >= last) {
    lab.scrubbed = undefined
    lab.redraw()
    return
  }
  lab.scrubbed = to
  readProbe(probePath(selected.folder, to)).then(
    (probe) => {
      // Another key may have changed the epoch meanwhile.
      if (lab.selected === selected && lab.scrubbed === to) lab.showProbe(selected, probe)
    },
    () => lab.writeLog(`no probe of epoch ${to}`, { run: selected }),
  )
}

/** Yields the recorded probes of a run in epoch order. */
export async function* recordedProbes({ folder }: LabRun): AsyncGenerator<ProbeEvent> {
  for (const { path } of await probesOf(folder)) yield await readProbe(path)
}
