/** View of one run: curves, latent plane, pictures, and KL per latent dimension. */
import type { ProbeEvent } from '../../../index.js'
import type { Style } from '../../base/style.js'
import { applyInk, justify } from '../../base/text.js'
import { clock, count, layers, nats, percent } from '../../charts/format.js'
import { type Bar, bars, framedBar } from '../../charts/text/bar.js'
import { dial } from '../../charts/text/dial.js'
import { beside, clip, stack } from '../../charts/text/layout.js'
import { inside, panel } from '../../charts/text/panel.js'
import type { Size } from '../../charts/text/surface.js'
import { likelihoodName } from '../../reporters/summary.js'
import type { Lab } from '../state/lab.js'
import type { LabRun } from '../state/lab-run.js'
import { curveRows } from './curves.js'
import { latentRows } from './latent.js'
import { pictureRows, picturesTitle } from './pictures.js'
import { sign } from './status.js'

/** Minimum rows with room for pictures below the charts. */
const minRowsForPictures = 28

/** Draws the selected run in exactly this size. */
export function runRows(lab: Lab, size: Size, style: Style): string[] {
  const run = lab.selected
  if (run === undefined) return clip(['', ' no run is selected'], size)
  const { columns, rows } = size
  const facts = [header(run, columns, style), betaLine(run, columns, style)]
  const usage = klBars(run, columns, rows, style)
  const below = rows >= minRowsForPictures ? Math.min(16, Math.floor((rows - 4) / 3)) : 0
  const middle = { columns, rows: rows - facts.length - usage.length - below }
  const probe = lab.probeOf(run)
  const strip = below === 0 ? [] : picturePanel(lab, run, probe, { columns, rows: below }, style)
  return stack([facts, charts(lab, run, probe, middle, below === 0, style), strip, usage], size)
}

/** Draws curves on the left and latents on the right; without room below, pictures replace the curves. */
function charts(
  lab: Lab,
  run: LabRun,
  probe: ProbeEvent | undefined,
  size: Size,
  alone: boolean,
  style: Style,
): string[] {
  const left = { columns: Math.floor(size.columns / 2), rows: size.rows }
  const right = { columns: size.columns - left.columns, rows: size.rows }
  const first =
    alone && lab.pictures !== 'curves'
      ? picturePanel(lab, run, probe, left, style)
      : panel(
          { title: 'losses', right: `by ${lab.charts.axis}`, rows: curveRows(lab, run, inside(left), style) },
          left,
          style,
        )
  const names = run.labelNames
  const latent = {
    title: latentTitle(probe),
    right: latentNote(lab, probe),
    rows: latentRows(probe, inside(right), style, names),
  }
  return beside([first, panel(latent, right, style)])
}

function picturePanel(lab: Lab, run: LabRun, probe: ProbeEvent | undefined, size: Size, style: Style): string[] {
  const which = lab.pictures === 'samples' ? 'samples' : 'reconstructions'
  const rows = pictureRows(which, run, probe, inside(size), style)
  return panel({ title: picturesTitle(which, run), right: 'tab for the others', rows }, size, style)
}

/** Header: `● warm-fox  784-512-256-2 bernoulli seed 1   epoch 14/20 ▕█████▊   ▏ ETA 0:32  11,240 img/s`. */
function header(run: LabRun, columns: number, style: Style): string {
  const { start, epoch, end, examplesPerSecond } = run.history
  const { options } = start ?? {}
  const shape = run.probed?.shape
  const network = shape && options ? ` ${layers(shape, options.hiddenDims ?? [], options.latentDim ?? 0)}` : ''
  const what = options === undefined ? '' : `${network} ${likelihoodName(options.likelihood)} seed ${options.seed}`
  const left = ` ${sign(run, style)} ${style.bold(run.name)} ${what}`
  const bar = applyInk(framedBar(run.done, 12, style.charset), style.ink.accent)
  const pace = end === undefined ? `ETA ${clock(run.secondsLeft)}  ${count(examplesPerSecond)} img/s` : run.status
  const epochs = options === undefined ? run.status : `epoch ${epoch}/${options.epochs} ${bar} ${pace}`
  return justify(left, `${epochs} `, columns)
}

/** Draws β on its axis, and the number of active dimensions. */
function betaLine({ history }: LabRun, columns: number, style: Style): string {
  const last = history.epochs.at(-1)?.validation
  const active = last === undefined ? '' : `   active ${last.activeUnits}/${last.klPerDimension.length}`
  const { beta } = history
  if (Number.isNaN(beta)) return ''
  const { criticalBeta: critical, criticalBetaExamples: examples } = history.start ?? {}
  const axis = { beta, ...(critical !== undefined && { critical }), ...(examples !== undefined && { examples }) }
  return ` ${dial(axis, columns - active.length - 2, style)}${active} `
}

/** Draws the KL of every latent dimension in nats, and the losses: one row, or a few for many dimensions. */
function klBars({ history }: LabRun, columns: number, rows: number, style: Style): string[] {
  const { epochs, measured } = history
  const each = epochs.at(-1)?.validation?.klPerDimension
  const losses =
    measured === undefined
      ? ''
      : `recon ${nats(measured.reconstruction)}   KL ${nats(measured.kl)} (${percent(measured.klShare)})   −ELBO ${nats(-measured.elbo)}`
  if (each === undefined) return [justify(' ', `${losses} `, columns)]
  const all: Bar[] = Array.from(each, (kl, j) => ({
    name: `z${subscript(j)}`,
    value: kl,
    text: nats(kl),
    ink: style.ink.accent,
  }))
  if (all.length <= 2) {
    const room = Math.max(0, columns - losses.length - 14)
    return [` ${style.dim('KL per dim')} ${bars(all, { columns: room, rows: 1 }, style)[0] ?? ''} ${losses} `]
  }
  const height = Math.max(1, Math.min(Math.ceil(all.length / 5), Math.floor(rows / 8)))
  return [
    justify(` ${style.dim('KL per dimension, nats')}`, `${losses} `, columns),
    ...bars(all, { columns, rows: height }, style),
  ]
}

function latentTitle(probe: ProbeEvent | undefined): string {
  const d = probe?.latents.shape[1]
  return d === 1 ? 'latent z₀ by class' : d === undefined || d === 2 ? 'latent z₀ z₁' : `latent z₀ z₁ of ${d}`
}

/** Epoch shown, and the key to the plane. */
function latentNote({ scrubbed }: Lab, probe: ProbeEvent | undefined): string {
  if (scrubbed !== undefined) return `epoch ${scrubbed}  [ ] scrub`
  return probe === undefined ? '' : `epoch ${probe.epoch}  − prior 1σ 2σ`
}

function subscript(number: number): string {
  return [...String(number)].map((digit) => '₀₁₂₃₄₅₆₇₈₉'[Number(digit)]).join('')
}
