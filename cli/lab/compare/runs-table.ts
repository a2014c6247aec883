/** Table of the compared runs: differing options and losses. */

import type { Style } from '../../base/style.js'
import { applyInk } from '../../base/text.js'
import { nats, percent } from '../../charts/format.js'
import type { Size } from '../../charts/text/surface.js'
import { type Column, dataTable } from '../../charts/text/table.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { compareOf } from './compare.js'
import { type Comparison, colourOf, comparisonOf } from './comparison.js'
import type { RunGroup } from './groups.js'

/** Column with the text and the sort key of a run. */
interface RunColumn extends Column {
  text(run: LabRun): string
  /** Sort key: text sorts as text, and non-finite numbers come last. */
  value(run: LabRun): number | string
}

/** Returns the columns for these runs; without room, those with the lowest priority are dropped first. */
function columnsOf({ differing, groups, baseline, front }: Comparison): RunColumn[] {
  const base = minusElbo(baseline)
  const several = [...groups.values()].some(({ n }) => n > 1)
  const options = differing.map(({ name, option, of }, i): RunColumn => {
    return {
      title: name === '' ? option : name,
      align: 'right',
      priority: 8 - i,
      text: of,
      value: (run) => sortKey(of(run)),
    }
  })
  const star: RunColumn = {
    title: ' ',
    priority: Number.POSITIVE_INFINITY,
    text: (run) => (front.has(run) ? '★' : '●'),
    value: (run) => (front.has(run) ? 0 : 1),
  }
  const name: RunColumn = {
    title: 'run',
    priority: Number.POSITIVE_INFINITY,
    text: ({ name }) => name,
    value: ({ name }) => name,
  }
  const deviationColumn: RunColumn = {
    title: '± seeds',
    align: 'right',
    priority: 5,
    text: (run) => deviationText(groups.get(run)),
    value: (run) => groups.get(run)?.deviation ?? Number.NaN,
  }
  const difference: RunColumn = {
    title: 'Δ',
    align: 'right',
    priority: 9,
    text: (run) => (run === baseline ? 'base' : signed(minusElbo(run) - base)),
    value: (run) => minusElbo(run) - base,
  }
  return [
    star,
    name,
    ...options,
    number('recon', 6, ({ history }) => history.measured?.reconstruction, nats),
    number('KL', 6, ({ history }) => history.measured?.kl, nats),
    number('KL share', 3, ({ history }) => history.measured?.klShare, percent),
    number('−ELBO', 10, minusElbo, nats),
    ...(several ? [deviationColumn] : []),
    difference,
    { ...number('active', 4, activeUnits, String), text: activeText },
  ]
}

function number(
  title: string,
  priority: number,
  of: (run: LabRun) => number | undefined,
  text: (value: number) => string,
): RunColumn {
  const value = (run: LabRun) => of(run) ?? Number.NaN
  return {
    title,
    priority,
    align: 'right',
    value,
    text: (run) => (Number.isFinite(value(run)) ? text(value(run)) : ''),
  }
}

/** Titles of the sortable columns. */
export function sortTitles(lab: Lab): string[] {
  return columnsOf(comparisonOf(lab))
    .map(({ title }) => title)
    .filter((title) => title !== ' ')
}

/** Compared runs in the order of the table. */
export function sorted(lab: Lab): LabRun[] {
  return ordered(lab, columnsOf(comparisonOf(lab)))
}

/** Draws the table in exactly this size. */
export function tableRows(lab: Lab, size: Size, style: Style): string[] {
  const comparison = comparisonOf(lab)
  const columns = columnsOf(comparison)
  const runs = ordered(lab, columns)
  const { sort, descending } = compareOf(lab)
  const column = columns.findIndex(({ title }) => title === sort)
  const selected = lab.selected === undefined ? -1 : runs.indexOf(lab.selected)
  const rows = runs.map((run) => {
    const [sign = '', ...cells] = columns.map(({ text }) => text(run))
    return [applyInk(sign, style.series(colourOf(comparison, run))), ...cells]
  })
  const marks = { ...(column >= 0 && { sort: { column, descending } }), ...(selected >= 0 && { selected }) }
  return dataTable({ columns, rows, ...marks }, size, style)
}

function ordered(lab: Lab, columns: readonly RunColumn[]): LabRun[] {
  const { sort, descending } = compareOf(lab)
  const column = columns.find(({ title }) => title === sort)
  if (column === undefined) return descending ? [...lab.compared].reverse() : [...lab.compared]
  const sign = descending ? -1 : 1
  return [...lab.compared].sort((a, b) => {
    const [x, y] = [column.value(a), column.value(b)]
    if (typeof x === 'string' || typeof y === 'string') return sign * String(x).localeCompare(String(y), 'en')
    if (!Number.isFinite(x) || !Number.isFinite(y)) return Number(!Number.isFinite(x)) - Number(!Number.isFinite(y))
    return sign * (x - y)
  })
}

function minusElbo(run: LabRun | undefined): number {
  const elbo = run?.history.measured?.elbo
  return elbo === undefined ? Number.NaN : -elbo
}

function activeUnits({ history }: LabRun): number | undefined {
  return history.epochs.at(-1)?.validation?.activeUnits
}

/** Active units: `2/2`. */
function activeText({ history }: LabRun): string {
  const last = history.epochs.at(-1)?.validation
  return last === undefined ? '' : `${last.activeUnits}/${last.klPerDimension.length}`
}

/** Spread over seeds, `1.12 ×3`: standard deviation and number of seeds. */
function deviationText(group: RunGroup | undefined): string {
  return group === undefined || group.n < 2 ? '' : `${nats(group.deviation)} ×${group.n}`
}

/** Difference with its sign: `+4.10`, `−0.32`. */
function signed(value: number): string {
  if (!Number.isFinite(value)) return ''
  return `${value < 0 ? '−' : '+'}${nats(Math.abs(value))}`
}

/** Number at the start of the text, so that 5 sorts before 10; else the text. */
function sortKey(text: string): number | string {
  const value = Number.parseFloat(text)
  return Number.isNaN(value) ? text : value
}
