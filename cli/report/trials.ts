/** Trials of a sweep as parallel coordinates over parameters and losses. */
import type { Range, Trial, TrialLosses } from '../../index.js'
import type { Study } from '../../research.js'
import { colourOf } from '../base/palette.js'
import { nats, weight } from '../charts/format.js'
import type { Figure } from '../charts/svg/figure.js'
import { type ParallelAxis, parallel } from '../charts/svg/parallel.js'
import { nameOf, valueText } from '../flags/vary.js'

/** Losses on the last axes; −ELBO so that less is better on all of them. */
const lossAxes: readonly (readonly [name: string, of: (losses: TrialLosses) => number])[] = [
  ['KL', ({ kl }) => kl],
  ['reconstruction', ({ reconstruction }) => reconstruction],
  ['−ELBO', ({ elbo }) => -elbo],
]

/** Draws a line per complete trial, the Pareto front over the others and the best on top. */
export function trialsFigure({ best, pareto, plan, trials }: Study): Figure {
  const front = new Set(pareto.map(({ number }) => number))
  const rank = ({ number }: Trial) => (number === best?.number ? 2 : front.has(number) ? 1 : 0)
  const shown = trials.filter(({ state }) => state === 'complete').sort((a, b) => rank(a) - rank(b))
  const varied = Object.entries(plan.vary).map(([name, space]) => variedAxis(name, space as Range | unknown[], shown))
  const seeds =
    plan.seeds > 1
      ? [
          categoricalAxis(
            'seed',
            shown.map(({ seed }) => String(seed)),
          ),
        ]
      : []
  const losses = lossAxes.map(([name, of]) =>
    numericAxis(
      name,
      shown.map(({ losses }) => (losses ? of(losses) : Number.NaN)),
    ),
  )
  const lineStyles = [
    { colour: colourOf(9), width: 1, opacity: 0.5 },
    { colour: colourOf(0), width: 1.5, opacity: 0.9 },
    { colour: colourOf(1), width: 2.5, opacity: 1 },
  ] as const
  return {
    id: 'trials',
    title: 'What trials differ in, and what they reached',
    caption:
      'A line is a complete trial. Orange is the best, blue are those of which none has both less KL and less reconstruction.',
    svg: parallel(
      [...varied, ...seeds, ...losses],
      shown.map((trial) => lineStyles[rank(trial)] ?? lineStyles[0]),
      'Trials',
    ),
    data: shown.map(({ number, params, seed, losses }) => ({ number, params, seed, losses })),
  }
}

/** Axis of a varied parameter: values of a list evenly spaced, values of a range by size. */
function variedAxis(name: string, space: Range | unknown[], trials: readonly Trial[]): ParallelAxis {
  const values = trials.map(({ params }) => (params as Record<string, unknown>)[name])
  if (Array.isArray(space))
    return categoricalAxis(
      nameOf(name),
      values.map((value) => valueText(name, value)),
      space.map((value) => valueText(name, value)),
    )
  const scale = space.log === true ? Math.log : (value: number) => value
  const [low, high] = [scale(space.low), scale(space.high)]
  return {
    name: nameOf(name),
    shares: values.map((value) => (scale(Number(value)) - low) / (high - low)),
    ticks: [
      { share: 0, text: weight(space.low) },
      { share: 1, text: weight(space.high) },
    ],
  }
}

/** Axis of words, in the order of the list, then of values added by hand. */
function categoricalAxis(name: string, values: readonly string[], list: readonly string[] = []): ParallelAxis {
  const all = [...new Set([...list, ...values])]
  const share = (value: string) => (all.length === 1 ? 0.5 : all.indexOf(value) / (all.length - 1))
  return { name, shares: values.map(share), ticks: all.map((text) => ({ share: share(text), text })) }
}

/** Axis of losses from the least to the greatest. */
function numericAxis(name: string, values: readonly number[]): ParallelAxis {
  const finite = values.filter(Number.isFinite)
  const [low, high] = [Math.min(...finite), Math.max(...finite)]
  const share = (value: number) => (high > low ? (value - low) / (high - low) : 0.5)
  const ends = high > low ? [low, high] : finite.slice(0, 1)
  return { name, shares: values.map(share), ticks: ends.map((value) => ({ share: share(value), text: nats(value) })) }
}
