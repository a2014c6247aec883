/** Rows of the whole screen: header, view, footer, and the dialog over them. */

import type { Style } from '../../base/style.js'
import { justify } from '../../base/text.js'
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

/** Minimum usable size. */
const minSize: Size = { columns: 60, rows: 16 }
/** Size from which the overview holds all four views. */
const wallSize: Size = { columns: 180, rows: 50 }

const drawView: Readonly<Record<View, (lab: Lab, size: Size, style: Style) => string[]>> = {
  overview: overviewRows,
  run: runRows,
  explorer: explorerRows,
  compare: compareRows,
}

/** Draws the lab in exactly this size. */
export function labRows(lab: Lab, bindings: readonly Binding[], size: Size, style: Style): string[] {
  const { columns, rows } = size
  if (columns < minSize.columns || rows < minSize.rows) return clip(tooSmall(size), size)
  const view = { columns, rows: rows - 2 }
  const screen = [header(lab, columns, style), ...viewRows(lab, view, style), footer(lab.view, columns, style)]
  const shown = lab.dialog === undefined ? screen : withDialog(screen, lab.dialog, lab, bindings, size, style)
  return style.charset === 'ascii' ? shown.map(toAscii) : shown
}

function viewRows(lab: Lab, size: Size, style: Style): string[] {
  if (lab.view !== 'overview' || size.columns < wallSize.columns || size.rows < wallSize.rows - 2)
    return drawView[lab.view](lab, size, style)
  const left = Math.floor(size.columns / 2)
  const upper = Math.floor(size.rows / 2)
  const sizeOf = (columns: number, rows: number) => ({ columns, rows })
  return [
    ...beside([
      drawView.overview(lab, sizeOf(left, upper), style),
      drawView.run(lab, sizeOf(size.columns - left, upper), style),
    ]),
    ...beside([
      drawView.compare(lab, sizeOf(left, size.rows - upper), style),
      drawView.explorer(lab, sizeOf(size.columns - left, size.rows - upper), style),
    ]),
  ]
}

/** Header: `vae-native lab  run  mnist 60,000 / 10,000       12:41`. */
function header({ facts, view }: Lab, columns: number, style: Style): string {
  const time = new Date().toTimeString().slice(0, 5)
  return justify(` ${style.bold('vae-native lab')}  ${style.dim(view)}  ${facts}`, `${time} `, columns)
}

function tooSmall({ columns, rows }: Size): string[] {
  return ['', ` the lab needs ${minSize.columns}×${minSize.rows} cells`, ` and has ${columns}×${rows}`, ' q quits']
}
