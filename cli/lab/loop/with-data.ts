/** The work of a command on data that are opened first. */
import { interruptible } from '../../base/interrupt.js'
import type { Output } from '../../base/output.js'
import { opened, type Plan, type TrainingData } from '../../runs/plan.js'
import type { Place } from './with-lab.js'

/** Opens the data of a plan and does the work: on a terminal in the lab, which is there before the data are. */
export async function onData(
  plan: Plan,
  output: Output,
  work: (data: TrainingData, place?: Place) => Promise<number>,
): Promise<number> {
  if (!output.live) return await work(await interruptible((signal) => opened(plan, output, signal)))
  const { inLab } = await import('./with-lab.js')
  const load = (output: Output, signal: AbortSignal) => opened(plan, output, signal)
  return await inLab(output, plan.data.data ?? 'digits', load, work)
}
