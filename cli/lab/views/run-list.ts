/** Table of the runs: status, losses, speed. */

import type { Style } from '../../base/style.js'
import { clock, count, nats, weight } from '../../charts/format.js'
import { sparkCells } from '../../charts/text/spark.js'
import type { Size } from '../../charts/text/surface.js'
import { type Column, dataTable } from '../../charts/text/table.js'
import { betaText } from '../../flags/beta.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { sign } from './status.js'

const sparkColumns = 20

/** Columns of the table; without room, those with the lowest priority are dropped first. */
const columns: readonly Column[] = [
  { title: ' ', priority: Number.POSITIVE_INFINITY },
  { title: 'run', priority: Number.POSITIVE_INFINITY },
  { title: 'β', align: 'right', priority: 9 },
  { title: 'epoch', align: 'right', priority: 5 },
  { title: 'recon', align: 'right', priority: 7 },
  { title: 'KL', align: 'right', priority: 8 },
  { title: '−ELBO', align: 'right', priority: 10 },
  { title: '−ELBO by epoch', priority: 2 },
  { title: 'img/s', align: 'right', priority: 3 },
  { title: 'ETA', align: 'right', priority: 6 },
]

/** Draws the listed runs in exactly this size, with the selected one in view. */
export function runList(lab: Lab, size: Size, style: Style): string[] {
  const { listed, selected } = lab
  const at = selected === undefined ? -1 : listed.indexOf(selected)
  const rows = listed.map((run) => cellsOf(run, lab.marked.has(run), style))
  return dataTable({ columns, rows, ...(at >= 0 && { selected: at }) }, size, style)
}

function cellsOf(run: LabRun, marked: boolean, style: Style): string[] {
  const { history } = run
  const { measured, epochs } = history
  const all = history.start?.options.epochs
  const elbos = epochs.map(({ validation, train }) => -(validation ?? train).elbo)
  return [
    `${marked ? '*' : ' '}${sign(run, style)}`,
    run.name,
    betaNow(run),
    all === undefined ? '' : `${epochs.at(-1)?.epoch ?? 0}/${all}`,
    measured === undefined ? '' : nats(measured.reconstruction),
    measured === undefined ? '' : nats(measured.kl),
    measured === undefined ? '' : nats(-measured.elbo),
    elbos.length === 0 ? '' : sparkCells(elbos, sparkColumns, style.charset, all),
    run.status === 'training' || run.status === 'collapsed' ? count(history.examplesPerSecond) : '',
    run.status === 'training' || run.status === 'collapsed' ? clock(run.secondsLeft) : run.status,
  ]
}

/** β of a run: `1`, `5→3` after a change, `target-kl:10` and its current value. */
export function betaNow({ history }: LabRun): string {
  const first = history.start?.options.beta
  if (first === undefined) return ''
  const now = Number.isNaN(history.beta) ? '' : weight(history.beta)
  if (typeof first !== 'number') return `${betaText(first)} ${now}`.trimEnd()
  return weight(first) === now ? now : `${weight(first)}→${now}`
}
