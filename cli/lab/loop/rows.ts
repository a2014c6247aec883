/** The whole screen: a line of facts, the view, a line of keys, and what stands before them. */

import type { Style } from '../../base/style.js'
import { ends } from '../../base/text.js'
import { toAscii } from '../../charts/text/ascii.js'
import { beside, clip } from '../../charts/text/layout.js'
import type { Size } from '../../charts/text/surface.js'
import type { Binding } from '../actions/press.js'
import { compareRows } from '../compare/rows.js'
import { explorerRows } from '../latent-view/rows.js'
import type { Lab, View } from '../state/lab.js'
import { withDialog } from '../views/dialogs.js'
import { footer } from '../views/footer.js'
import { overviewRows } from '../views/overview.js'
import { runRows } from '../views/run.js'

/** Less than that shows nothing of use. */
const smallest: Size = { columns: 60, rows: 16 }
/** From this size on the overview holds all four views. */
const wall: Size = { columns: 180, rows: 50 }

const drawn: Readonly<Record<View, (lab: Lab, size: Size, style: Style) => string[]>> = {
  overview: overviewRows,
  run: runRows,
  explorer: explorerRows,
  compare: compareRows,
}

/** The lab in exactly this size. */
export function labRows(lab: Lab, bindings: readonly Binding[], size: Size, style: Style): string[] {
  const { columns, rows } = size
  if (columns < smallest.columns || rows < smallest.rows) return clip(tooSmall(size), size)
  const view = { columns, rows: rows - 2 }
  const whole = [header(lab, columns, style), ...viewRows(lab, view, style), footer(lab.view, columns, style)]
  const shown = lab.dialog === undefined ? whole : withDialog(whole, lab.dialog, lab, bindings, size, style)
  return style.charset === 'ascii' ? shown.map(toAscii) : shown
}

function viewRows(lab: Lab, size: Size, style: Style): string[] {
  if (lab.view !== 'overview' || size.columns < wall.columns || size.rows < wall.rows - 2)
    return drawn[lab.view](lab, size, style)
  const left = Math.floor(size.columns / 2)
  const upper = Math.floor(size.rows / 2)
  const place = (columns: number, rows: number) => ({ columns, rows })
  return [
    ...beside([
      drawn.overview(lab, place(left, upper), style),
      drawn.run(lab, place(size.columns - left, upper), style),
    ]),
    ...beside([
      drawn.compare(lab, place(left, size.rows - upper), style),
      drawn.explorer(lab, place(size.columns - left, size.rows - upper), style),
    ]),
  ]
}

/** `vae-native lab  mnist 60,000 / 10,000 · cpu fused avx512, 1 thread · 2 cores       12:41`. */
function header({ facts, view }: Lab, columns: number, style: Style): string {
  const time = new Date().toTimeString().slice(0, 5)
  return ends(` ${style.bold('vae-native lab')}  ${style.dim(view)}  ${facts}`, `${time} `, columns)
}

function tooSmall({ columns, rows }: Size): string[] {
  return ['', ` the lab needs ${smallest.columns}×${smallest.rows} cells`, ` and has ${columns}×${rows}`, ' q quits']
}
