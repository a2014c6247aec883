import { type Command, Option } from 'commander'
import type { Dataset, Scale } from '../../index.js'
import { interruptible } from '../base/interrupt.js'
import { outputOf } from '../base/output.js'
import { count, nats, table } from '../charts/format.js'
import { parseNumber } from '../flags/train.js'
import { clampedLine } from '../reporters/summary.js'
import { addModel, type ModelFlags, openModel, openModelData } from '../runs/loaded-model.js'

type By = 'reconstruction' | 'elbo' | 'kl'

interface ScoreFlags extends ModelFlags {
  readonly top?: number
  readonly by?: By
}

/** `score MODEL [DATA]`: one line per example, the strangest first. */
export function define(command: Command): void {
  addModel(command, true)
    .option('--top <n>', 'only the n strangest', parseNumber)
    .addOption(new Option('--by <term>', 'what to score by').choices(['reconstruction', 'elbo', 'kl']))
    .option('--batch-size <n>', 'examples at once', parseNumber)
    .action(async (model: string, data: string | undefined, flags: ScoreFlags) => {
      const output = outputOf(command)
      const vae = await openModel(model, flags)
      const { examples, source, score } = await interruptible(async (signal) => {
        const dataFlags = { ...flags, ...(data !== undefined && { data }) }
        const { examples, source } = await openModelData(vae, model, dataFlags, output, signal)
        const call = { signal, ...(flags.batchSize !== undefined && { batchSize: flags.batchSize }) }
        return { examples, source, score: await vae.score(examples, { ...call, ...(flags.by && { by: flags.by }) }) }
      })
      const ranked = ranking(score.perExample).slice(0, flags.top ?? examples.length)
      const name = (i: number) => examples.names?.[i] ?? `#${i}`
      output.progress(`  ${count(examples.length)} of ${source} by ${String(score.by)}, nats; higher = stranger`)
      const clamped = clampedValues(vae.scale, examples)
      if (clamped > 0) output.notice(clampedLine(clamped, output.progressPaint.yellow))
      const rows = ranked.map(({ index, score, rank }) => [name(index), nats(score), `p${rank.toFixed(1)}`])
      output.result(...table(rows, ['left', 'right', 'right']))
      for (const { index, score: value, rank } of ranked)
        output.event({ type: 'score', index, name: name(index), by: score.by, score: value, percentile: rank })
    })
}

/** Examples converted to floats at a time. */
const chunk = 1000

/** Number of values beyond the range of the training data, where a model takes them for its ends. */
function clampedValues(scale: Scale, examples: Dataset): number {
  if (scale.type !== 'unit' || !scale.clamped) return 0
  let clamped = 0
  for (let start = 0; start < examples.length; start += chunk)
    for (const value of examples.slice(start, start + chunk).toTensor().data)
      if (value < scale.minimum || value > scale.maximum) clamped += 1
  return clamped
}

/** An example's rank among all scored examples. */
export interface Ranked {
  readonly index: number
  readonly score: number
  /** Share of examples that are no stranger, in per cent. */
  readonly rank: number
}

/** Ranks all examples, the strangest first; equal scores keep the order of the data. */
export function ranking(scores: Float32Array): Ranked[] {
  const order = Array.from(scores, (score, index) => ({ index, score }))
  order.sort((a, b) => b.score - a.score || a.index - b.index)
  return order.map((entry, place) => ({ ...entry, rank: ((order.length - place) / order.length) * 100 }))
}
