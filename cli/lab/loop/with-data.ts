/** Runs a command on data that it opens first. */
import { interruptible } from '../../base/interrupt.js'
import type { Output } from '../../base/output.js'
import type { TrainingPlan } from '../../runs/plan.js'
import { openRunData, planDataName, type RunData } from '../../runs/run-data.js'
import type { LabSession } from './with-lab.js'

/** Opens the data of a plan and does the work; on a terminal in the lab, which opens before the data. */
export async function withData(
  plan: TrainingPlan,
  output: Output,
  work: (data: RunData, session?: LabSession) => Promise<number>,
): Promise<number> {
  if (!output.live) return await work(await interruptible((signal) => openRunData(plan, output, signal)))
  const { withLab } = await import('./with-lab.js')
  const load = (output: Output, signal: AbortSignal) => openRunData(plan, output, signal)
  return await withLab(output, planDataName(plan), load, work)
}
