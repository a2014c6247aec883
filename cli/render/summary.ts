/** A run in words: the line of an epoch, and the summary that closes it. */
import type { Dataset, EndEvent, EpochEvent, Likelihood, Losses, StartEvent } from '../../index.js'
import { count, duration, layers, nats, percent, plural } from './format.js'
import type { Paint } from './paint.js'

/** `bernoulli`, `gaussian σ² 0.5`, `gaussian σ² learned`. */
export function likelihoodName(likelihood: Likelihood | undefined): string {
  if (likelihood === undefined || typeof likelihood === 'string') return likelihood ?? ''
  return `${likelihood.type} σ² ${likelihood.variance}`
}

/** `−ELBO 142.1 = reconstruction 135.6 + KL 6.52`. */
export function elboLine({ elbo, reconstruction, kl }: Losses): string {
  return `−ELBO ${nats(-elbo)} = reconstruction ${nats(reconstruction)} + KL ${nats(kl)}`
}

/** What a reconstruction term is judged by: that of the mean example, and the lowest that there can be, if there is. */
export interface Scale {
  readonly floor?: number
  readonly ceiling: number
}

/** (ceiling − reconstruction) / (ceiling − floor): how much of what can be explained is; NaN where nothing bounds it. */
export function explained(reconstruction: number, { floor = Number.NaN, ceiling }: Scale): number {
  return (ceiling - reconstruction) / (ceiling - floor)
}

/** `explained 44 %  (0 % mean example 205.8 … 100 % floor 45.5)`; a σ² that is learned has no floor, but a mean example. */
export function explainedLine({ reconstruction }: Losses, scale: Scale, dim: Paint['dim']): string {
  const { floor, ceiling } = scale
  if (floor === undefined)
    return `mean example ${nats(ceiling)} at its best σ² ${dim('(learned, so there is no floor)')}`
  const share = percent(explained(reconstruction, scale))
  return `explained ${share}  ${dim(`(0 % mean example ${nats(ceiling)} … 100 % floor ${nats(floor)})`)}`
}

/** The line of an epoch where nothing can be redrawn. */
export function epochLine(event: EpochEvent, epochs: number): string {
  const shown = event.validation ?? event.train
  const active = event.validation === undefined ? '' : `  active ${event.validation.activeUnits}`
  const where = event.validation === undefined ? 'train' : 'validation'
  const number = `${String(event.epoch).padStart(String(epochs).length)}/${epochs}`
  return `epoch ${number}  ${where} ${elboLine(shown)}${active}  ${count(event.examplesPerSecond)} examples/s`
}

/** What the closing summary is made of. */
export interface Closing {
  /** The data set's name. */
  readonly name: string
  readonly train: Dataset
  readonly start: StartEvent
  readonly last: EpochEvent | undefined
  readonly end: EndEvent
  /** The run folder. */
  readonly out: string
}

/** The lines that close a run, the numbers first and what to do next last. */
export function summary({ name, train, start, last, end, out }: Closing, { bold, dim, green }: Paint): string[] {
  const { options, engine } = start
  const network = layers(train.shape, options.hiddenDims ?? [], options.latentDim ?? 0)
  const speed = last === undefined ? '' : ` · ${count(last.examplesPerSecond)} examples/s`
  const took = `${plural(end.epochs, 'epoch')} in ${duration(end.seconds)}${speed}`
  const lines = [
    `${green('✔')} ${bold(name)} ${count(train.length)} · ${network} · ${took} · ${engine.device} ${engine.path}`,
  ]
  if (last !== undefined) {
    const { validation } = last
    const losses = validation ?? last.train
    const where = validation === undefined ? ' on the training data' : ''
    const active = validation === undefined ? '' : `     active ${validation.activeUnits} of ${options.latentDim}`
    lines.push(`  ${bold(elboLine(losses))}${where}${weighed(losses)}${active}`)
    lines.push(`  ${explainedLine(losses, start, dim)}`)
  }
  if (end.model !== undefined) {
    lines.push(`  saved ${end.model}`)
    lines.push(`  next  vae-native sample ${out}  ·  loadVae('${end.model}')`)
  }
  return lines
}

/** With a weight other than 1 the loss is not −ELBO: then it is said too. */
function weighed({ loss, beta }: Losses): string {
  return beta === 1 ? '' : `     loss ${nats(loss)} at β ${beta}`
}
