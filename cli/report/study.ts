/** Page section of a sweep: a table of its points, rate–distortion plot and parallel coordinates of its trials. */
import * as Plot from '@observablehq/plot'
import type { Trial } from '../../index.js'
import type { Study } from '../../research.js'
import { CliError } from '../base/exit.js'
import { colourOf } from '../base/palette.js'
import { plural } from '../charts/format.js'
import { chart } from '../charts/svg/chart.js'
import type { Figure } from '../charts/svg/figure.js'
import { escapeXml } from '../charts/svg/svg.js'
import { pointTable, pointText } from '../reporters/sweep-table.js'
import { pointsOf } from '../runs/sweep-points.js'
import type { Section } from './page.js'
import { trialsFigure } from './trials.js'

/** Maximum trials shown in full. */
const maxShown = 6

/** Trials shown in full: the best one, and some of the Pareto front, evenly spaced. */
export function shownTrials({ best, name, pareto }: Study): Trial[] {
  if (best === undefined) throw new CliError(`${name}: expected a trial that is complete, found none`)
  const others = pareto.filter(({ number }) => number !== best.number)
  const room = Math.min(maxShown - 1, others.length)
  const spread = Array.from(
    { length: room },
    (_, i) => others[Math.round((i * (others.length - 1)) / Math.max(1, room - 1))],
  )
  return [best, ...spread.filter((trial) => trial !== undefined)].sort((a, b) => a.number - b.number)
}

/** Builds the section of the whole sweep. */
export function studySection(study: Study): Section {
  const { best, plan, trials } = study
  const [columns = [], ...rows] = pointTable(pointsOf(trials), plan.objective)
  const count = (state: Trial['state']) => trials.filter((trial) => trial.state === state).length
  const states = (['complete', 'pruned', 'failed', 'running'] as const).flatMap((state) =>
    count(state) === 0 ? [] : `${count(state)} ${state}`,
  )
  const bestText = best === undefined ? '' : ` The best of them is ${best.number}: ${pointText(best.params)}.`
  const text = `${plural(trials.length, 'trial')} of ${plan.trials}: ${states.join(', ')}.${bestText} The table has means and standard deviations over seeds, the best point first.`
  return {
    id: 'sweep',
    title: 'The sweep',
    html: `<p>${escapeXml(text)}</p>`,
    table: { columns, rows },
    figures: [rateDistortionFigure(study), trialsFigure(study)],
  }
}

/** Rate–distortion figure of all complete trials. */
function rateDistortionFigure({ pareto, trials }: Study): Figure {
  const point = ({ losses, number, params, seed }: Trial) => ({ ...losses, number, params, seed })
  const [all, front] = [trials.filter(({ state }) => state === 'complete').map(point), pareto.map(point)]
  const channels = { x: 'kl', y: 'reconstruction' } as const
  return {
    id: 'rate-distortion',
    title: 'Rate and distortion',
    caption:
      'A dot is a complete trial: its KL, what the codes cost, and its reconstruction term, what is lost. The line joins those of which none has less of both.',
    svg: chart({
      width: 480,
      height: 360,
      x: { label: 'KL, nats', labelAnchor: 'center', labelArrow: 'none', nice: true },
      y: { label: 'reconstruction, nats', labelArrow: 'none', nice: true, grid: true },
      marks: [
        Plot.line(front, { ...channels, stroke: colourOf(0), strokeWidth: 1.5 }),
        Plot.dot(all, { ...channels, r: 4, fill: colourOf(0), fillOpacity: 0.75 }),
        Plot.text(front, { ...channels, text: ({ number }) => String(number), dy: -9 }),
      ],
    }),
    data: { trials: all, front: front.map(({ number }) => number) },
  }
}
