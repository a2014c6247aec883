#!/usr/bin/env node
// Cost of watching a run. Trains the reference VAE three ways in turns (A B C, A B C, …): with a consumer of every
// event (A), with a program that only awaits the model (B), and as bare steps, without a run around them (C).
//
//   node bench/events.mjs [--rounds 9] [--steps 1400] [--data data/mnist] [--threads n]
//
// A run fetches its events every 10 ms even without a consumer, so A/B is the cost of a consumer, and A/C the total
// cost of events: made, fetched, decoded and consumed, ten times as often as a screen needs. One line of JSON on
// stdout, a sentence on stderr.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { bench, datasets, trainVae } from '../dist/index.js'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    steps: { type: 'string', default: '1400' },
    data: { type: 'string' },
    threads: { type: 'string' },
  },
})
const [rounds, minSteps] = [values.rounds, values.steps].map(Number)
if (!(Number.isInteger(rounds) && rounds > 0 && Number.isInteger(minSteps) && minSteps > 0)) {
  console.error('usage: node bench/events.mjs [--rounds 9] [--steps 1400] [--data data/mnist] [--threads n]')
  process.exit(2)
}

/** Sampling interval of the event loop's delay; time above it is delay. */
const RESOLUTION_MS = 10

const train = await examples()
const threads = values.threads === undefined ? {} : { threads: Number(values.threads) }
const perEpoch = Math.ceil(train.length / 128)
const epochs = Math.ceil(minSteps / perEpoch)
const steps = epochs * perEpoch
// No probes: their computation is not part of the cost of events.
const options = { latentDim: 20, epochs, probe: false, ...threads }
let engine

await trainVae(train, { ...options, epochs: 1 })
const times = []
for (let round = 0; round < rounds; round++) {
  times.push({ taken: await taken(), awaited: await awaited(), bare: await bare() })
}

const result = {
  takenOverAwaited: median(times.map(({ taken, awaited }) => taken.seconds / awaited.seconds)),
  takenOverBare: median(times.map(({ taken, bare }) => taken.seconds / bare)),
  eventsPerSecond: median(times.map(({ taken }) => taken.events / taken.seconds)),
  taken: medians(times.map(({ taken }) => taken)),
  awaited: medians(times.map(({ awaited }) => awaited)),
  rounds,
  steps,
  n: train.length,
  ...engine,
}
const { busy, delayP50Ms, delayP99Ms, delayMaxMs } = result.taken
console.error(
  `a run whose ${result.eventsPerSecond.toFixed(0)} events/s are taken needs ${result.takenOverAwaited.toFixed(3)} of ` +
    `the time of one that is only awaited, ${result.takenOverBare.toFixed(3)} of that of bare steps (medians, rounds: ` +
    `${rounds}); the event loop works ${(busy * 100).toFixed(1)} % of the time and is late by ` +
    `${delayP50Ms.toFixed(1)} ms (p50), ${delayP99Ms.toFixed(1)} ms (p99), ${delayMaxMs.toFixed(1)} ms (a run's worst)`,
)
console.log(JSON.stringify(result))

/** Training part of `--data`; by default MNIST if it is available locally, else the built-in digits. */
async function examples() {
  if (values.data !== undefined) return (await datasets.openSplit(values.data)).train
  try {
    return (await datasets.load('mnist', { download: false })).train
  } catch {
    return (await datasets.load('digits')).train
  }
}

/** Measures a run with a consumer of every event. */
function taken() {
  return watched(async (run) => {
    let events = 0
    for await (const _ of run) events += 1
    return events
  })
}

/** Measures a run of a program that only awaits the model. */
function awaited() {
  return watched(async (run) => {
    await run
    return 0
  })
}

/** Trains to the end; measures seconds and the load of the event loop from the first step on. */
async function watched(follow) {
  const run = trainVae(train, options)
  engine = (await run.started).engine
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  const before = performance.eventLoopUtilization()
  const start = performance.now()
  delay.enable()
  const events = await follow(run)
  delay.disable()
  const seconds = (performance.now() - start) / 1000
  const { utilization } = performance.eventLoopUtilization(before)
  // The monitor measures the time between two samples.
  const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)
  return {
    seconds,
    events,
    busy: utilization,
    delayP50Ms: late(delay.percentile(50)),
    delayP90Ms: late(delay.percentile(90)),
    delayP99Ms: late(delay.percentile(99)),
    delayMaxMs: late(delay.max),
  }
}

/** Seconds of `steps` steps of the same training without a run around them. */
async function bare() {
  const { millisecondsPerStep } = await bench(train, { steps, ...threads })
  return (millisecondsPerStep * steps) / 1000
}

/** Median of each figure over all rounds. */
function medians(rows) {
  return Object.fromEntries(Object.keys(rows[0]).map((name) => [name, median(rows.map((row) => row[name]))]))
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
