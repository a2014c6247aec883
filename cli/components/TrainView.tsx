import { Box, Text } from 'ink'
import type { ExampleShape, Picture } from '../../index.js'
import { inFlags } from '../flag-words.js'
import { framed } from '../render/bar.js'
import { clock, count, layers, nats, weight } from '../render/format.js'
import { lines } from '../render/lines.js'
import { pictures, strip } from '../render/picture.js'
import type { Style } from '../render/style.js'
import { elboLine, likelihoodName, samplesTitle } from '../render/summary.js'
import type { TrainingState } from '../training/state.js'

/** A running training on one screen. Rows are strings made by pure functions: one `Text` per block, none per cell. */
export interface TrainViewProps {
  readonly name: string
  readonly shape: ExampleShape
  readonly state: TrainingState
  readonly progress: { readonly epochs: number; readonly steps: number; readonly secondsLeft: number }
  /** The examples that the probe reconstructs, in its order. */
  readonly originals: readonly Picture[]
  readonly columns: number
  readonly rows: number
  readonly paint: Style
}

/** At most one row less than the terminal has: a taller frame would make Ink clear the whole screen. */
export function TrainView(props: TrainViewProps) {
  const rows = Math.max(props.rows - 1, 3)
  const chartRows = rows < 12 ? 0 : rows < 30 ? 5 : 8
  const words = props.state.warning === undefined ? 3 : 4
  // Words, the chart, and what is left for two strips of pictures with a line of words above each.
  const stripRows = Math.min(14, Math.floor((rows - words - chartRows) / 2) - 1)
  return (
    <Box flexDirection="column" width={props.columns}>
      <Header {...props} />
      <Now {...props} />
      {chartRows > 0 && props.state.curve.points.length > 1 && <Curve {...props} rows={chartRows} />}
      {stripRows >= 3 && <Pictures {...props} rows={stripRows} />}
    </Box>
  )
}

function Lines({ rows }: { readonly rows: readonly string[] }) {
  return <Text wrap="truncate">{rows.join('\n')}</Text>
}

/** `warm-fox  784-400-2 bernoulli  epoch 4/10 ▕████▍   ▏ ETA 0:32  11,240/s`. */
function Header({ name, shape, state, progress, columns, paint }: TrainViewProps) {
  const options = state.start?.options
  const network =
    options === undefined
      ? 'starting'
      : `${layers(shape, options.hiddenDims ?? [], options.latentDim ?? 0)} ${likelihoodName(options.likelihood)}`
  const done = progress.steps > 0 ? state.step / progress.steps : 0
  const speed = `${count(state.examplesPerSecond)}/s`
  const left = ` ${paint.bold(name)}  ${network}  epoch ${state.epoch}/${progress.epochs} `
  const cells = Math.min(30, Math.max(6, columns - left.length - 24))
  return (
    <Lines
      rows={[`${left}${paint.cyan(framed(done, cells, paint.charset))} ETA ${clock(progress.secondsLeft)}  ${speed}`]}
    />
  )
}

/** The losses of this moment, and what the last epoch measured. */
function Now({ state, paint }: TrainViewProps) {
  const { train, last, start, warning } = state
  const measured = last?.validation
  const rows = [
    train === undefined
      ? ' '
      : ` batch       ${elboLine(train)}${train.beta === 1 ? '' : `   β ${weight(train.beta)}`}`,
    measured === undefined
      ? ' '
      : ` validation  ${elboLine(measured)}   active ${measured.activeUnits}/${start?.options.latentDim ?? '–'}`,
  ]
  if (warning !== undefined) rows.push(` ${paint.yellow(`▲ ${inFlags(warning)}`)}`)
  return <Lines rows={rows} />
}

/** −ELBO of the batches over the whole run. */
function Curve({ state, progress, columns, rows, paint }: TrainViewProps) {
  const chart = {
    series: [{ points: state.curve.points }],
    x: { domain: [0, Math.max(1, progress.steps)] as const },
    y: { format: nats },
    xAxis: false,
  }
  return <Lines rows={lines(chart, { columns: columns - 2, rows }, paint).map((line) => ` ${line}`)} />
}

/** x → x̂ in pairs, and below them samples from the prior. */
function Pictures({ state, originals, columns, rows, paint }: TrainViewProps) {
  if (state.probe === undefined) return null
  const samples = pictures(state.probe.samples)
  if (samples.length === 0) return null
  const pairs = pictures(state.probe.reconstructions).flatMap((picture, i) => {
    const original = originals[i]
    return original === undefined ? [] : [[original, picture]]
  })
  const singles = samples.map((sample) => [sample])
  const shown = (groups: readonly (readonly Picture[])[], gap: number) =>
    strip(groups, columns - 2, rows, paint, gap).map((row) => ` ${row}`)
  const above = [paint.dim(' x → x̂'), ...shown(pairs, 4)]
  const below = [paint.dim(` ${samplesTitle(state.start?.options.posterior)}`), ...shown(singles, 1)]
  return <Lines rows={[...above, ...below]} />
}
