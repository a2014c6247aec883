#!/usr/bin/env node
// Measures vae-native and its peers in turns over the cases of cases.mjs, and prints the tables as Markdown.
//
//   node bench/table.mjs [--cases reference,batch] [--contenders 'JAX scan;candle'] [--rounds 9] [--data data]
//                        [--out bench.json] [--quick]
//
// --data is a folder that holds mnist/ and, for the case dsprites, dsprites/dsprites_downsampled.npz. --quick is one
// short round: to check that everything runs, not to quote. A peer that cannot run is left out, with the reason.
import { existsSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { cases } from './cases.mjs'
import { contenders } from './contenders.mjs'
import { describeMachine } from './machine.mjs'
import { inTurns, median, ratios, runOnce, spread } from './turns.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: Object.keys(cases).join() },
    contenders: { type: 'string', default: Object.keys(contenders).join(';') },
    rounds: { type: 'string' },
    data: { type: 'string', default: 'data' },
    out: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds ?? (values.quick ? 1 : 9))
if (!Number.isInteger(rounds) || rounds < 1) refuse('--rounds is a whole number from 1 up')
const names = values.cases.split(',')
for (const name of names) {
  if (!(name in cases)) refuse(`--cases knows ${Object.keys(cases).join(', ')}, not ${name}`)
}
const chosen = values.contenders.split(';')
for (const name of chosen) {
  if (!(name in contenders)) refuse(`--contenders knows ${Object.keys(contenders).join('; ')}, not ${name}`)
}
/** Contenders of a case: its first, the baseline, and the chosen ones among the others. */
const takePart = ({ contenders: [first, ...others] }) => [first, ...others.filter((name) => chosen.includes(name))]
const run = {
  paths: {
    mnist: resolve(values.data, 'mnist'),
    dsprites: resolve(values.data, 'dsprites/dsprites_downsampled.npz'),
  },
  flops: values.quick ? 4e10 : 4e11,
  threads: availableParallelism(),
}
if (!existsSync(run.paths.mnist)) refuse(`${values.data} does not hold mnist/: --data names the folder that does`)

const roundTrip = { run: [process.execPath, fileURLToPath(new URL('round-trip.mjs', import.meta.url))] }
const machine = describeMachine()
const missing = findMissing()
const measured = []
print(heading())
for (const name of names) {
  const result = measureCase(name)
  measured.push(result)
  print(markdown(result))
  // After every case, so that stopping a long measurement keeps its results.
  if (values.out) writeFileSync(values.out, `${JSON.stringify({ machine, rounds, cases: measured }, null, 2)}\n`)
}

function refuse(sentence) {
  console.error(sentence)
  process.exit(2)
}

function print(text) {
  console.log(`${text}\n`)
}

/** Shows the current command, on a terminal only. */
function note(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

/** Runs every contender briefly on every task, to find those that cannot run before hours of measuring. */
function findMissing() {
  const missing = new Map()
  for (const each of names.map((name) => cases[name])) {
    const setup = Object.values(each.setups)[0]
    for (const name of takePart(each)) {
      const key = `${name} ${setup.task}`
      if (missing.has(key)) continue
      note(`trying ${key}`)
      const { line, failure } = runOnce(contenders[name].command({ ...setup, data: 'mnist' }, { ...run, flops: 0 }))
      const reason = failure ?? contenders[name].complaint?.(line)
      if (reason && contenders[name].required) {
        note('')
        refuse(`vae-native bench does not run the task ${setup.task}: ${reason}`)
      }
      missing.set(key, reason)
    }
  }
  note('')
  return missing
}

/** @returns {object} the case's measurements: its setups, each with the results of every contender */
function measureCase(name) {
  const { title, option, setups } = cases[name]
  const takingPart = takePart(cases[name])
  const results = Object.entries(setups).map(([label, setup]) => {
    const absent = new Map()
    const present = takingPart.filter((contender) => {
      const reason = reasonOfAbsence(contender, setup)
      if (reason) absent.set(contender, reason)
      return !reason
    })
    note(`${name} ${label}: ${present.join(', ')}`)
    const commands = present.map((contender) => contenders[contender].command(setup, run))
    // Each round also measures the machine itself.
    const [machineTurns, ...turns] = inTurns([roundTrip, ...commands], rounds)
    note('')
    for (const [i, { failure }] of turns.entries()) if (failure) absent.set(present[i], failure)
    const lines = new Map(present.map((contender, i) => [contender, turns[i].lines]))
    const first = absent.has(takingPart[0]) ? undefined : lines.get(takingPart[0])
    const rows = present
      .filter((contender) => !absent.has(contender))
      .map((contender) => row(contender, lines.get(contender), first))
    // Removes the path of this clone from reasons, which go into the table.
    const reasons = [...absent].map(([contender, why]) => [contender, why.replaceAll(root, '')])
    const nanoseconds = machineTurns.lines.map((line) => line.nanoseconds)
    return { label, setup, rows, absent: Object.fromEntries(reasons), roundTripNanoseconds: nanoseconds }
  })
  return { name, title, option, first: takingPart[0], results }
}

function reasonOfAbsence(contender, { data, task }) {
  if (!contenders[contender].data.includes(data)) return `does not read ${data}`
  if (!existsSync(run.paths[data])) return `${values.data} does not hold ${data}`
  return missing.get(`${contender} ${task}`)
}

/** One contender's figures over all rounds, and the speed ratio of the first contender, if it ran, to it. */
function row(contender, lines, first) {
  const rates = (all) => all.map((line) => line.imagesPerSecond)
  const middle = (key) => {
    const numbers = lines.map((line) => line[key]).filter(Number.isFinite)
    return numbers.length > 0 ? median(numbers) : undefined
  }
  return {
    contender,
    imagesPerSecond: spread(rates(lines)),
    firstOverThis: first && ratios(rates(first), rates(lines)),
    medianMillisecondsPerStep: middle('medianMillisecondsPerStep') ?? middle('millisecondsPerStep'),
    p5MillisecondsPerStep: middle('p5MillisecondsPerStep'),
    shareOfPeak: middle('shareOfPeak'),
    p5ShareOfPeak: middle('p5ShareOfPeak'),
    allocationsPerStep: middle('allocationsPerStep'),
    peakMemoryMiB: middle('peakMemoryMiB'),
    lines,
  }
}

function heading() {
  const { date, commit, cpu, cores, memoryGiB, system, node, load } = machine
  return [
    `Measured ${date} at ${commit}: ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}, load ${load.toFixed(1)} at the start.`,
    `Medians of ${rounds} round${rounds === 1 ? '' : 's'} in turns, in brackets the lowest and the highest. A ratio is the median of the ratios of each round.`,
    ...(values.quick ? ['A quick run: do not quote these figures.'] : []),
  ].join('\n')
}

function markdown(result) {
  const { title, option, results } = result
  const table = option === undefined ? tableOfContenders(result) : tableOfSetups(result)
  const lines = results.flatMap(({ rows }) => rows.flatMap((row) => row.lines))
  const notes = [
    ...new Set(
      lines.map(({ peer, version, isa, path }) => (peer ? `${peer} ${version}` : `vae-native ${path} ${isa}`)),
    ),
    ...new Set(
      results.flatMap(({ absent }) => Object.entries(absent).map(([who, why]) => `${who} is missing: ${why}`)),
    ),
  ]
  const trips = spread(results.flatMap(({ roundTripNanoseconds }) => roundTripNanoseconds))
  const nanoseconds = (value) => `${value} ns`
  return [
    `### ${title}`,
    '',
    ...table.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    ...notes.map((each) => `- ${each}`),
    ...(trips ? [`- a cache line from core to core and back: ${range(trips, nanoseconds)}`] : []),
  ].join('\n')
}

/** Table with a row per contender and all its figures. */
function tableOfContenders({ first, results: [{ setup, rows }] }) {
  const unit = { train: 'step', evaluate: 'pass', likelihood: 'image' }[setup.task]
  const columns = [
    ['', (row) => row.contender],
    ['images/s', (row) => range(row.imagesPerSecond, rate)],
    [`ms/${unit}, median`, (row) => fixed(row.medianMillisecondsPerStep, 2)],
    ['5th percentile', (row) => fixed(row.p5MillisecondsPerStep, 2)],
    [
      'share of FMA peak, median (5th)',
      (row) => (row.shareOfPeak === undefined ? '–' : `${percent(row.shareOfPeak)} (${percent(row.p5ShareOfPeak)})`),
    ],
    [`allocations/${unit}`, (row) => fixed(row.allocationsPerStep, 0)],
    ['peak memory', (row) => (row.peakMemoryMiB === undefined ? '–' : `${fixed(row.peakMemoryMiB, 0)} MiB`)],
    [`${first} is`, (row) => (row.contender === first ? '' : range(row.firstOverThis, times))],
  ]
  const filled = columns.filter(([, cell], i) => i < 2 || rows.some((row) => /\d/.test(cell(row))))
  return [
    filled.map(([name]) => name),
    filled.map((_, i) => (i === 0 ? '---' : '---:')),
    ...rows.map((row) => filled.map(([, cell]) => cell(row))),
  ]
}

/** Table with a row per setup: images/s of each contender and, after the first, the first's speed ratio to it. */
function tableOfSetups({ name, option, first, results }) {
  const present = cases[name].contenders.filter((contender) => results.some(({ rows }) => has(rows, contender)))
  const cell = (row) => {
    if (!row) return '–'
    const rates = rate(row.imagesPerSecond.median)
    return row.contender === first || !row.firstOverThis ? rates : `${rates} (${times(row.firstOverThis.median)})`
  }
  return [
    [option, ...present],
    ['---:', ...present.map(() => '---:')],
    ...results.map(({ label, rows }) => [label, ...present.map((contender) => cell(has(rows, contender)))]),
  ]
}

function has(rows, contender) {
  return rows.find((row) => row.contender === contender)
}

function range(spread, show) {
  if (!spread) return '–'
  const { median, lowest, highest } = spread
  if (lowest === highest) return show(median)
  return `${show(median)} (${show(lowest)}–${show(highest)})`
}

function rate(value) {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}

function times(value) {
  return `${value.toFixed(2)}×`
}

function fixed(value, digits) {
  return value === undefined ? '–' : value.toFixed(digits)
}

function percent(value) {
  return value === undefined ? '–' : `${(100 * value).toFixed(0)} %`
}
