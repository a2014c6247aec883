/** The runs as a table: what tells them apart, and what they came to. */

import type { Style } from '../../base/style.js'
import { inked } from '../../base/text.js'
import { nats, percent } from '../../charts/format.js'
import type { Size } from '../../charts/text/surface.js'
import { type Column, dataTable } from '../../charts/text/table.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { compareOf } from './compare.js'
import { type Comparison, colourOf, comparisonOf } from './comparison.js'
import type { Group } from './groups.js'

/** A column: what it says of a run, and by what it is sorted. */
interface RunColumn extends Column {
  text(run: LabRun): string
  /** Text is sorted as text, and what is not finite comes last. */
  value(run: LabRun): number | string
}

/** The columns that fit these runs; where there is no room for all, those with the lowest priority go first. */
function columnsOf({ differing, groups, baseline, front }: Comparison): RunColumn[] {
  const base = minusElbo(baseline)
  const several = [...groups.values()].some(({ n }) => n > 1)
  const options = differing.map(({ name, option, of }, i): RunColumn => {
    return {
      title: name === '' ? option : name,
      align: 'right',
      priority: 8 - i,
      text: of,
      value: (run) => sortable(of(run)),
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
  const spread: RunColumn = {
    title: '± seeds',
    align: 'right',
    priority: 5,
    text: (run) => spreadText(groups.get(run)),
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
    ...(several ? [spread] : []),
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

/** The titles of the columns that the table can be sorted by. */
export function sortTitles(lab: Lab): string[] {
  return columnsOf(comparisonOf(lab))
    .map(({ title }) => title)
    .filter((title) => title !== ' ')
}

/** The runs that are compared, in the order of the table. */
export function sorted(lab: Lab): LabRun[] {
  return ordered(lab, columnsOf(comparisonOf(lab)))
}

/** The table in exactly this size. */
export function tableRows(lab: Lab, size: Size, style: Style): string[] {
  const comparison = comparisonOf(lab)
  const columns = columnsOf(comparison)
  const runs = ordered(lab, columns)
  const { sort, descending } = compareOf(lab)
  const column = columns.findIndex(({ title }) => title === sort)
  const selected = lab.selected === undefined ? -1 : runs.indexOf(lab.selected)
  const rows = runs.map((run) => {
    const [sign = '', ...cells] = columns.map(({ text }) => text(run))
    return [inked(sign, style.series(colourOf(comparison, run))), ...cells]
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

/** `2/2`. */
function activeText({ history }: LabRun): string {
  const last = history.epochs.at(-1)?.validation
  return last === undefined ? '' : `${last.activeUnits}/${last.klPerDimension.length}`
}

/** `1.12 ×3`: the standard deviation, and over how many seeds. */
function spreadText(group: Group | undefined): string {
  return group === undefined || group.n < 2 ? '' : `${nats(group.deviation)} ×${group.n}`
}

/** `+4.10`, `−0.32`. */
function signed(value: number): string {
  if (!Number.isFinite(value)) return ''
  return `${value < 0 ? '−' : '+'}${nats(Math.abs(value))}`
}

/** A number where the text is one, so that 5 comes before 10. */
function sortable(text: string): number | string {
  const value = Number.parseFloat(text)
  return Number.isNaN(value) ? text : value
}
