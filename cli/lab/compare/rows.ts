/** View of the comparison. */

import type { Style } from '../../base/style.js'
import { justify, width } from '../../base/text.js'
import { beside, clip } from '../../charts/text/layout.js'
import { inside, panel } from '../../charts/text/panel.js'
import type { Size } from '../../charts/text/surface.js'
import { likelihoodName } from '../../reporters/summary.js'
import type { Lab } from '../state/lab.js'
import { fitParts } from '../views/fitting.js'
import { compareOf } from './compare.js'
import { type Comparison, comparisonOf } from './comparison.js'
import { curveRows, frontRows } from './overlay.js'
import { tableRows } from './runs-table.js'

/** Minimum rows of the table, with its head and frame. */
const minRows = 6

/** Draws the marked runs, or all listed ones, in exactly this size. */
export function compareRows(lab: Lab, size: Size, style: Style): string[] {
  const { columns, rows } = size
  const comparison = comparisonOf(lab)
  const { metric } = compareOf(lab)
  const needed = Math.min(comparison.runs.length + 3, Math.floor((rows - 1) / 2))
  const table = { columns, rows: Math.max(0, Math.min(rows - 1, Math.max(minRows, needed))) }
  const left = { columns: Math.floor(columns / 2), rows: Math.max(0, rows - 1 - table.rows) }
  const right = { columns: columns - left.columns, rows: left.rows }
  const curves = curveRows(lab, comparison, metric, inside(left), style)
  const front = frontRows(comparison, inside(right), style)
  const charts = beside([
    panel({ title: `${metric.title}, overlaid`, right: settingsText(lab), rows: curves }, left, style),
    panel({ title: 'rate–distortion', right: '★ Pareto front', rows: front }, right, style),
  ])
  const rowsOfTable = tableRows(lab, inside(table), style)
  const words = tableNote(lab, comparison, columns)
  const below = panel({ title: 'runs', right: words, rows: rowsOfTable, focused: true }, table, style)
  return clip([header(lab, comparison, columns, style), ...charts, ...below], size)
}

/** Header: `‹ compare  4 of 12 runs        baseline warm-fox · validation · bernoulli`. */
function header({ runs: all }: Lab, { runs, baseline }: Comparison, columns: number, style: Style): string {
  const begun = runs.flatMap(({ history: { start } }) => (start === undefined ? [] : [start.options]))
  const likelihoods = [...new Set(begun.map(({ likelihood }) => likelihoodName(likelihood)))]
  const measured = runs.some(({ history }) => history.epochs.some(({ validation }) => validation !== undefined))
  const facts = [
    // Losses of different likelihoods are not comparable.
    likelihoods.length > 1 ? style.yellow('▲ different likelihoods') : (likelihoods[0] ?? ''),
    measured ? 'validation' : 'training data',
    baseline === undefined ? '' : `baseline ${baseline.name}`,
  ]
  const left = ` ‹ compare  ${runs.length} of ${all.length} runs`
  return justify(left, `${fitParts(facts, ' · ', columns - width(left) - 2)} `, columns)
}

/** Curve settings that differ from the default. */
function settingsText({ charts: { log, smoothing } }: Lab): string {
  return [log ? 'log' : '', smoothing > 0 ? `smooth ${smoothing}` : ''].filter(Boolean).join('  ')
}

/** Sort column and differing options of the table. */
function tableNote(lab: Lab, { differing }: Comparison, columns: number): string {
  const { sort } = compareOf(lab)
  const names = differing.map(({ name, option }) => name || option)
  const differs = names.length === 0 ? 'one set of options' : `differs: ${names.join(', ')}`
  return fitParts([sort === undefined ? 'o sorts' : `sorted by ${sort}`, differs], ' · ', columns - 14)
}
