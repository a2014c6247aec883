/** Where a run stands as a sign and a word. */
import type { Role, Style } from '../../base/style.js'
import { inked } from '../../base/text.js'
import type { LabRun, Standing } from '../state/lab-run.js'

/** One cell each, and what it is drawn in. */
const signs: Readonly<Record<Standing, readonly [sign: string, role: Role]>> = {
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

/** `●` in its colour. */
export function sign({ standing }: LabRun, style: Style): string {
  const [character, role] = signs[standing]
  return inked(character, style.ink[role])
}

/** `2 training · 1 collapsed · 1 queued`, in the order of the table above. */
export function census(runs: readonly LabRun[]): string {
  const counts = new Map<Standing, number>()
  for (const { standing } of runs) counts.set(standing, (counts.get(standing) ?? 0) + 1)
  const order = Object.keys(signs) as Standing[]
  return order
    .filter((standing) => counts.has(standing))
    .map((standing) => `${counts.get(standing)} ${standing}`)
    .join(' · ')
}
