/** Text output of a run: the line of an epoch, and the closing summary. */
import type {
  BenchResult,
  Dataset,
  EndEvent,
  EpochEvent,
  Likelihood,
  Losses,
  Posterior,
  StartEvent,
} from '../../index.js'
import type { Style } from '../base/style.js'
import { width } from '../base/text.js'
import { count, duration, engineName, layers, nats, percent, plural, weight } from '../charts/format.js'

/** `bernoulli`, `gaussian σ² 0.5`, `gaussian σ² learned`. */
export function likelihoodName(likelihood: Likelihood | undefined): string {
  if (likelihood === undefined || typeof likelihood === 'string') return likelihood ?? ''
  return `${likelihood.type} σ² ${likelihood.variance}`
}

/** Title for decoded draws of z ~ N(0, I), which are samples only if the model has a prior. */
export function samplesTitle(posterior: Posterior | undefined): string {
  return posterior === 'deterministic'
    ? 'decoded from N(0, I), which no autoencoder is trained for'
    : 'samples from the prior'
}

/** `−ELBO 142.1 = reconstruction 135.6 + KL 6.52`. */
export function elboLine({ elbo, reconstruction, kl }: Pick<Losses, 'elbo' | 'reconstruction' | 'kl'>): string {
  return `−ELBO ${nats(-elbo)} = reconstruction ${nats(reconstruction)} + KL ${nats(kl)}`
}

/** Bounds of the reconstruction term: `ceiling` of the mean example, `floor` the lowest possible, if there is one. */
export interface ReconstructionBounds {
  readonly floor?: number
  readonly ceiling: number
}

/** Explained share: (ceiling − reconstruction) / (ceiling − floor); NaN without a floor. */
export function explainedShare(reconstruction: number, { floor = Number.NaN, ceiling }: ReconstructionBounds): number {
  return (ceiling - reconstruction) / (ceiling - floor)
}

/** `explained 44 %  (0 % mean example 205.8 … 100 % floor 45.5)`; a learned σ² has no floor, only a mean example. */
export function explainedLine({ reconstruction }: Losses, scale: ReconstructionBounds, dim: Style['dim']): string {
  const { floor, ceiling } = scale
  if (floor === undefined)
    return `mean example ${nats(ceiling)} at its best σ² ${dim('(learned, so there is no floor)')}`
  const share = percent(explainedShare(reconstruction, scale))
  return `explained ${share}  ${dim(`(0 % mean example ${nats(ceiling)} … 100 % floor ${nats(floor)})`)}`
}

/** Line for values that counted as the ends of the training data's range. */
export function clampedLine(clamped: number, paint: Style['yellow']): string {
  return paint(`  ▲ ${plural(clamped, 'value')} beyond the range of the training data counted as its ends`)
}

/** Line of an epoch for output that cannot be redrawn. */
export function epochLine(event: EpochEvent, epochs: number): string {
  const shown = event.validation ?? event.train
  const active = event.validation === undefined ? '' : `  active ${event.validation.activeUnits}`
  const where = event.validation === undefined ? 'train' : 'validation'
  const number = `${String(event.epoch).padStart(String(epochs).length)}/${epochs}`
  return `epoch ${number}  ${where} ${elboLine(shown)}${active}  ${count(event.examplesPerSecond)} examples/s`
}

/** Inputs of the closing summary. */
export interface SummaryInput {
  /** The data set's name. */
  readonly name: string
  readonly train: Dataset
  readonly start: StartEvent
  readonly last: EpochEvent | undefined
  readonly end: EndEvent
  /** The run folder. */
  readonly out: string
  /** Maximum cells per line; unlimited for a pipe. */
  readonly columns?: number
}

/** Closing lines of a run: results first, the next commands last. */
export function summary(input: SummaryInput, { bold, dim, green }: Style): string[] {
  const { name, train, start, last, end, out, columns = Number.POSITIVE_INFINITY } = input
  const { options, engine } = start
  const network = layers(train.shape, options.hiddenDims ?? [], options.latentDim ?? 0)
  const took = `${plural(end.epochs, 'epoch')} in ${duration(end.seconds)}`
  const speed = last === undefined ? [] : [`${count(last.examplesPerSecond)} examples/s`]
  const what = `${green('✔')} ${bold(name)} ${count(train.length)}`
  const lines = wrapParts([what, network, took, ...speed, engineName(engine)], ' · ', columns)
  if (engine.reason !== undefined) lines.push(`  not on the fused path: ${engine.reason}`)
  if (engine.noGpu !== undefined) lines.push(`  not on a GPU: ${engine.noGpu}`)
  if (last !== undefined) {
    const { validation } = last
    const losses = validation ?? last.train
    const where = validation === undefined ? ' on the training data' : ''
    const active = validation === undefined ? [] : [`active ${validation.activeUnits} of ${options.latentDim}`]
    lines.push(
      ...wrapParts([`  ${bold(elboLine(losses))}${where}`, ...weightedLoss(losses), ...active], '     ', columns),
    )
    lines.push(`  ${explainedLine(losses, start, dim)}`)
  }
  if (end.model !== undefined) {
    lines.push(`  saved ${end.model}`)
    lines.push(...wrapParts([`  next  vae-native sample ${out}`, `loadVae('${end.model}')`], '  ·  ', columns, 8))
  }
  return lines
}

/** The loss, if β is not 1 and it therefore differs from −ELBO. */
function weightedLoss({ loss, beta }: Losses): string[] {
  return beta === 1 ? [] : [`loss ${nats(loss)} at β ${weight(beta)}`]
}

/** Wraps parts onto as few lines as fit in `columns`; indents every further line by `indent`. */
function wrapParts(parts: readonly string[], separator: string, columns: number, indent = 2): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const line = lines.at(-1)
    if (line === undefined) lines.push(part)
    else if (width(line + separator + part) <= columns) lines[lines.length - 1] = line + separator + part
    else lines.push(' '.repeat(indent) + part)
  }
  return lines
}

/** A measurement, with the peak memory of the process. */
export type BenchSummary = BenchResult & { readonly peakMemoryMiB: number }

/** Lines of a measurement: the speed, the share of the machine's peak, and the data. */
export function benchLines(measured: BenchSummary): string[] {
  const { data, density, imagesPerSecond, meanLoss, peakMemoryMiB, sparsity } = measured
  const zeros = sparsity === 'on' ? ', zeros left out' : ''
  return [
    [`${count(imagesPerSecond)} images/s`, ...pace(measured)].join(' · '),
    ...shares(measured),
    `  ${data}, ${percent(density)} of the values not 0${zeros} · mean loss ${meanLoss.toFixed(2)}`,
    `  ${engineName(measured)} · ${count(peakMemoryMiB)} MiB at most`,
  ]
}

/** Time per step, or of the whole call. */
function pace(measured: BenchSummary): string[] {
  if (measured.task === 'train') {
    const { millisecondsPerStep, medianMillisecondsPerStep, p5MillisecondsPerStep } = measured
    const [mean, median, p5] = [millisecondsPerStep, medianMillisecondsPerStep, p5MillisecondsPerStep].map((time) =>
      time.toFixed(time < 10 ? 3 : 1),
    )
    const { members, microsecondsPerMemberStep } = measured
    const each = microsecondsPerMemberStep?.toFixed(1)
    const together = members === undefined ? [] : [`${plural(members, 'model')} together, ${each} µs each`]
    return [`a step ${mean} ms, median ${median}, p5 ${p5}`, ...together]
  }
  const what = plural(measured.examples, 'example')
  const work = measured.task === 'likelihood' ? `, K = ${count(measured.draws)},` : ` ${plural(measured.steps, 'time')}`
  return [`${what}${work} in ${duration(measured.seconds)}`]
}

/** Share of the machine's peak arithmetic that the steps of the fused path used. */
function shares(measured: BenchSummary): string[] {
  if (measured.task !== 'train' || measured.fmaPeakGflops === undefined) return []
  const { fmaPeakGflops, shareOfPeak, p5ShareOfPeak } = measured
  const [median, p5] = [shareOfPeak, p5ShareOfPeak].map((share) => percent(share ?? Number.NaN))
  return [`  ${median} of the FMA peak of ${count(fmaPeakGflops)} GFLOP/s in the median step, ${p5} at p5`]
}
