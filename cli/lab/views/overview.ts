/** Overview of all runs: status, rate–distortion, pictures of the selected run, log. */

import type { Style } from '../../base/style.js'
import { nats, percent } from '../../charts/format.js'
import { beside, clip, stack } from '../../charts/text/layout.js'
import { inside, panel } from '../../charts/text/panel.js'
import { rateDistortion } from '../../charts/text/rate-distortion.js'
import type { Size } from '../../charts/text/surface.js'
import { explainedShare } from '../../reporters/summary.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { latentRows } from './latent.js'
import { logRows } from './log.js'
import { pictureRows, picturesTitle } from './pictures.js'
import { betaNow, runList } from './run-list.js'
import { statusCounts } from './status.js'

/** Minimum number of runs in view before the table scrolls. */
const minRuns = 4

/** Draws the overview in exactly this size. */
export function overviewRows(lab: Lab, size: Size, style: Style): string[] {
  const { columns, rows } = size
  const log = rows >= 36 ? 8 : rows >= 26 ? 5 : 4
  // Frame, table head and runs; the charts below get at least half of the rest.
  const needed = Math.max(minRuns, lab.listed.length) + 3
  const list = Math.min(needed, Math.floor((rows - log) * 0.5))
  const middle = rows - list - log
  const filter = lab.filter === '' ? '' : `/${lab.filter}  `
  const right = `${filter}${statusCounts(lab.runs)}`
  const listSize = { columns, rows: list }
  const logSize = { columns, rows: log }
  return stack(
    [
      panel({ title: 'runs', right, rows: runList(lab, inside(listSize), style), focused: true }, listSize, style),
      charts(lab, { columns, rows: middle }, style),
      panel({ title: 'log', rows: logRows(lab.log, inside(logSize), style) }, logSize, style),
    ],
    size,
  )
}

/** Draws rate–distortion, the selected run's pictures and, on a wide screen, its latent plane. */
function charts(lab: Lab, { columns, rows }: Size, style: Style): string[] {
  const run = lab.selected
  const latent = columns >= 120 ? Math.floor(columns / 3) : 0
  const left = { columns: Math.floor((columns - latent) * 0.52), rows }
  const right = { columns: columns - latent - left.columns, rows }
  const plane = { columns: latent, rows }
  const front = panel(
    { title: 'rate–distortion', right: 'recon over KL', rows: frontRows(lab, inside(left), style) },
    left,
    style,
  )
  const pictures = panel(
    {
      title: run?.name ?? 'selected',
      right: run === undefined ? '' : picturesTitle(pictureKind(lab), run),
      rows: selectedRows(lab, run, inside(right), style),
    },
    right,
    style,
  )
  if (latent === 0) return beside([front, pictures])
  const points = latentRows(run && lab.probeOf(run), inside(plane), style, run?.labelNames)
  return beside([front, pictures, panel({ title: 'latent z₀ z₁', right: run?.name ?? '', rows: points }, plane, style)])
}

/** Draws each run at its newest KL and reconstruction. */
function frontRows(lab: Lab, size: Size, style: Style): string[] {
  const points = lab.listed.flatMap((run, i) => {
    const { measured } = run.history
    if (measured === undefined) return []
    return [{ name: `β${betaNow(run)}`, kl: measured.kl, reconstruction: measured.reconstruction, colour: i }]
  })
  if (points.length === 0) return clip(['', style.dim(' after the first epoch')], size)
  return rateDistortion(points, size, style)
}

/** Draws pictures of the selected run above one line: its error, its collapse, or its quality. */
function selectedRows(lab: Lab, run: LabRun | undefined, size: Size, style: Style): string[] {
  if (run === undefined) return clip([], size)
  const line = qualityLine(run, style)
  const room = { columns: size.columns, rows: size.rows - 1 }
  return [
    ...pictureRows(pictureKind(lab), run, lab.probeOf(run), room, style),
    ...clip([` ${line}`], { ...size, rows: 1 }),
  ]
}

function qualityLine({ error, history }: LabRun, style: Style): string {
  if (error !== undefined) return style.red(error)
  const { measured, start, collapsed } = history
  if (collapsed) return style.yellow('collapsed: every sample is the mean image. = sets β')
  if (measured === undefined || start === undefined) return ''
  const share = explainedShare(measured.reconstruction, start)
  return style.dim(`explained ${percent(share)}  ceiling ${nats(start.ceiling)}  floor ${nats(start.floor)}`)
}

function pictureKind({ pictures }: Lab) {
  return pictures === 'reconstructions' ? 'reconstructions' : 'samples'
}
