/** The runs as a table: where each stands, what it reached, how fast it goes. */

import type { Style } from '../../base/style.js'
import { clock, count, nats, weight } from '../../charts/format.js'
import { sparkCells } from '../../charts/text/spark.js'
import type { Size } from '../../charts/text/surface.js'
import { type Column, dataTable } from '../../charts/text/table.js'
import { betaText } from '../../flags/beta.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { sign } from './standing.js'

const sparkColumns = 20

/** Those with the lowest priority go first where there is no room. */
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

/** The listed runs in exactly this size, the selected one in sight. */
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
    run.standing === 'training' || run.standing === 'collapsed' ? count(history.examplesPerSecond) : '',
    run.standing === 'training' || run.standing === 'collapsed' ? clock(run.secondsLeft) : run.standing,
  ]
}

/** `1`, `5→3` where it was changed, `target-kl:10` and what that makes of it now. */
export function betaNow({ history }: LabRun): string {
  const first = history.start?.options.beta
  if (first === undefined) return ''
  const now = Number.isNaN(history.beta) ? '' : weight(history.beta)
  if (typeof first !== 'number') return `${betaText(first)} ${now}`.trimEnd()
  return weight(first) === now ? now : `${weight(first)}→${now}`
}
