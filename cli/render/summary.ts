/** A run in words: the line of an epoch, and the summary that closes it. */
import type { EpochEvent, ExampleShape, Likelihood, Losses, StartEvent } from '../../index.js'
import { count, duration, layers, nats, percent } from './format.js'
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

/** (ceiling − reconstruction) / (ceiling − floor): how much of what can be explained is. */
export function explained({ reconstruction }: Losses, start: Pick<StartEvent, 'floor' | 'ceiling'>): number {
  return (start.ceiling - reconstruction) / (start.ceiling - start.floor)
}

/** The line of an epoch where nothing can be redrawn. */
export function epochLine(event: EpochEvent, epochs: number): string {
  const shown = event.validation ?? event.train
  const active = event.validation === undefined ? '' : `  active ${event.validation.activeUnits}`
  const where = event.validation === undefined ? 'train' : 'validation'
  const number = `${String(event.epoch).padStart(String(epochs).length)}/${epochs}`
  return `epoch ${number}  ${where} ${elboLine(shown)}${active}  ${count(event.examplesPerSecond)} examples/s`
}

/** What the closing summary tells. */
export interface Closing {
  /** The data set's name. */
  readonly name: string
  /** How many examples were trained on. */
  readonly examples: number
  readonly shape: ExampleShape
  readonly start: StartEvent
  readonly last: EpochEvent | undefined
  readonly epochs: number
  readonly seconds: number
  readonly status: string
  readonly out: string
  readonly model: string | undefined
}

/** The lines that close a run, the numbers first and what to do next last. */
export function summary(closing: Closing, { bold, dim, green, yellow }: Paint): string[] {
  const { name, examples, shape, start, last, epochs, seconds, out, model } = closing
  const { options, engine } = start
  const network = layers(shape, options.hiddenDims ?? [], options.latentDim ?? 0)
  const speed = last === undefined ? '' : ` · ${count(last.examplesPerSecond)} examples/s`
  const mark = closing.status === 'completed' ? green('✔') : yellow('■')
  const lines = [
    `${mark} ${bold(name)} ${count(examples)} · ${network} · ${epochs} epoch${epochs === 1 ? '' : 's'} in ${duration(seconds)}${speed} · ${engine.device} ${engine.path}`,
  ]
  if (last !== undefined) {
    const losses = last.validation ?? last.train
    const active =
      last.validation === undefined ? '' : `     active ${last.validation.activeUnits} of ${options.latentDim}`
    lines.push(
      `  ${bold(elboLine(losses))}${last.validation === undefined ? ' (training data)' : ''}${weighed(losses)}${active}`,
    )
    const share = explained(losses, start)
    if (Number.isFinite(share))
      lines.push(
        `  explained ${percent(share)}  ${dim(`(0 % mean example ${nats(start.ceiling)} … 100 % floor ${nats(start.floor)})`)}`,
      )
  }
  if (model !== undefined) {
    lines.push(`  saved ${model}`)
    lines.push(`  next  vae-native sample ${out}  ·  vae-native evaluate ${out}  ·  loadVae('${model}')`)
  }
  return lines
}

/** With a weight other than 1 the loss is not −ELBO: then it is said too. */
function weighed({ loss, beta }: Losses): string {
  return beta === 1 ? '' : `     loss ${nats(loss)} at β ${beta}`
}
