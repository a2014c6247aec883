/** Status of a run as a sign and a word. */
import type { Role, Style } from '../../base/style.js'
import { applyInk } from '../../base/text.js'
import type { LabRun, RunStatus } from '../state/lab-run.js'

/** Sign of one cell, and its colour role. */
const signs: Readonly<Record<RunStatus, readonly [sign: string, role: Role]>> = {
  queued: ['◌', 'dim'],
  starting: ['◌', 'accent'],
  training: ['●', 'accent'],
  paused: ['‖', 'warning'],
  collapsed: ['▲', 'warning'],
  silent: ['?', 'warning'],
  done: ['✔', 'good'],
  stopped: ['■', 'warning'],
  pruned: ['⊘', 'dim'],
  diverged: ['✖', 'bad'],
  failed: ['✖', 'bad'],
}

/** Sign of a run in its colour. */
export function sign({ status }: LabRun, style: Style): string {
  const [character, role] = signs[status]
  return applyInk(character, style.ink[role])
}

/** Number of runs by status: `2 training · 1 collapsed · 1 queued`, in the order of `signs`. */
export function statusCounts(runs: readonly LabRun[]): string {
  const counts = new Map<RunStatus, number>()
  for (const { status } of runs) counts.set(status, (counts.get(status) ?? 0) + 1)
  const order = Object.keys(signs) as RunStatus[]
  return order
    .filter((status) => counts.has(status))
    .map((status) => `${counts.get(status)} ${status}`)
    .join(' · ')
}
