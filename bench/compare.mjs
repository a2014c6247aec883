#!/usr/bin/env node
// Runs commands in turns (A B C, A B C, …) and prints the median of each and the median of its ratios to the first.
// Ratios between turns stay valid on a machine whose speed varies: quote ratios, not figures.
//
//   node bench/compare.mjs [--rounds 9] [--key imagesPerSecond] [--json] 'COMMAND A' 'COMMAND B' …
//
// Each command ends with a line of JSON that holds a number under the key.
import { parseArgs } from 'node:util'
import { inTurns, ratios, spread } from './turns.mjs'

const { values, positionals: commands } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '9' },
    key: { type: 'string', default: 'imagesPerSecond' },
    json: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
if (commands.length === 0 || !Number.isInteger(rounds) || rounds < 1) {
  console.error("usage: node bench/compare.mjs [--rounds 9] [--key imagesPerSecond] [--json] 'COMMAND A' 'COMMAND B' …")
  process.exit(2)
}

function fail({ run }, complaint) {
  console.error(`${run}\n${complaint}`)
  process.exit(1)
}

const turns = commands.map((run) => ({ run }))
const figures = inTurns(turns, rounds, fail).map(({ lines }, i) => {
  const numbers = lines.map((line) => line[values.key])
  if (!numbers.every(Number.isFinite)) fail(turns[i], `its last line holds no number "${values.key}"`)
  return numbers
})
const rows = commands.map((command, i) => ({
  command,
  ...spread(figures[i]),
  firstOverThis: ratios(figures[0], figures[i]).median,
}))
if (values.json) console.log(JSON.stringify(rows))
else {
  for (const { command, median, lowest, highest, firstOverThis } of rows) {
    const range = `(${show(lowest)}–${show(highest)})`
    console.log(`${show(median).padStart(10)} ${range.padEnd(18)} first/this ${firstOverThis.toFixed(2)}  ${command}`)
  }
}

/** Formats images per second as whole numbers, milliseconds with two decimals. */
function show(figure) {
  return figure.toFixed(figure < 100 ? 2 : 0)
}
