/** Text output of a sweep: the table of its points, and the closing summary. */
import { join } from 'node:path'
import type { Objective, Params, Sweep } from '../../index.js'
import type { Style } from '../base/style.js'
import { nats, plural, table } from '../charts/format.js'
import { nameOf, valueText } from '../flags/vary.js'
import { studyFiles } from '../runs/sweep-plan.js'
import { type PointOfSweep, pointsOf, rankPoints, type Spread, spreadOf } from '../runs/sweep-points.js'
import { elboLine } from './summary.js'

/** `beta 5  latent-dim 10`. */
export function pointText(params: Params): string {
  return Object.entries(params)
    .map(([name, value]) => `${nameOf(name)} ${valueText(name, value)}`)
    .join('  ')
}

/** Maximum rows of the closing table. */
const maxPoints = 24

/** Losses of the table, in order: title, name, sign. */
const columns = [
  ['−ELBO', 'elbo', -1],
  ['reconstruction', 'reconstruction', 1],
  ['KL', 'kl', 1],
] as const

/** One row per point, the best first: its parameters, and mean ± standard deviation over its seeds. */
export function pointTable(points: readonly PointOfSweep[], objective: Objective): string[][] {
  const names = [...new Set(points.flatMap(({ params }) => Object.keys(params)))]
  const head = [
    '',
    ...names.map(nameOf),
    'n',
    ...columns.map(([title]) => title),
    ...(objective === 'loss' ? ['loss'] : []),
  ]
  const rows = rankPoints(points, objective).map((point, i) => [
    i === 0 ? '★' : '',
    ...names.map((name) => valueText(name, point.params[name as keyof Params])),
    String(point.trials.length),
    ...columns.map(([, loss, sign]) => spreadText(spreadOf(point, loss), sign)),
    ...(objective === 'loss' ? [spreadText(spreadOf(point, 'loss'), 1)] : []),
  ])
  return [head, ...rows]
}

/** `142.1 ± 0.5`. */
function spreadText({ mean, sd }: Spread, sign: number): string {
  const text = nats(sign * mean)
  if (!Number.isFinite(sd)) return text
  const digits = text.split('.')[1]?.length ?? 0
  return `${text} ± ${sd.toFixed(digits)}`
}

/** Closing lines of a sweep. */
export function closingLines(sweep: Pick<Sweep, 'out' | 'plan' | 'trials' | 'best'>, { bold, green }: Style): string[] {
  const { out, plan, trials, best } = sweep
  const { objective } = plan
  const points = pointsOf(trials)
  const [head = [], ...rows] = pointTable(points, objective)
  const shown = table(
    [head, ...rows.slice(0, maxPoints)],
    head.map((_, i) => (i === 0 ? 'left' : 'right')),
  )
  const more = rows.length - maxPoints
  const count = (state: string) => trials.filter((trial) => trial.state === state).length
  const [failed, pruned] = [count('failed'), count('pruned')]
  const others = [...(pruned > 0 ? [`${pruned} ended early`] : []), ...(failed > 0 ? [`${failed} failed`] : [])]
  return [
    ...(rows.length === 0 ? [] : shown),
    ...(more > 0 ? [`  and ${plural(more, 'point')} more in ${join(out, studyFiles.csv)}`] : []),
    `${green('✔')} ${bold(plural(trials.length, 'trial'))}${others.length > 0 ? `, ${others.join(', ')}` : ''}`,
    ...(best?.losses ? [`  best ${best.folder}  ${pointText(best.params)}  ${elboLine(best.losses)}`] : []),
    `  saved ${join(out, studyFiles.csv)}, ${studyFiles.json}, ${studyFiles.journal}`,
    `  next  vae-native report ${out}`,
  ]
}
