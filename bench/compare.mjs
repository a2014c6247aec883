#!/usr/bin/env node
// Runs commands in turns (A B C, A B C, …) and prints the median of each and the median of its ratios to the first.
// Turns are what makes a ratio hold on a machine whose speed wanders: quote ratios, not figures.
//
//   node bench/compare.mjs [--rounds 9] [--key imagesPerSecond] [--json] 'COMMAND A' 'COMMAND B' …
//
// Each command ends with a line of JSON that holds a number under the key.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

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

const figures = commands.map(() => [])
for (let round = 0; round < rounds; round++) {
  for (const [i, command] of commands.entries()) figures[i].push(measure(command))
}
const rows = commands.map((command, i) => ({
  command,
  median: median(figures[i]),
  lowest: Math.min(...figures[i]),
  highest: Math.max(...figures[i]),
  firstOverThis: median(figures[0].map((first, round) => first / figures[i][round])),
}))
if (values.json) console.log(JSON.stringify(rows))
else {
  for (const { command, median, lowest, highest, firstOverThis } of rows) {
    const range = `(${lowest.toFixed(0)}–${highest.toFixed(0)})`
    console.log(
      `${median.toFixed(0).padStart(10)} ${range.padEnd(18)} first/this ${firstOverThis.toFixed(2)}  ${command}`,
    )
  }
}

/** The figure that one run of the command prints on its last line. */
function measure(command) {
  const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: 'utf8', maxBuffer: 1 << 26 })
  const last = stdout.trim().split('\n').at(-1) ?? ''
  let figure
  try {
    figure = JSON.parse(last)[values.key]
  } catch {
    // Said below, together with a number that is missing.
  }
  if (status === 0 && typeof figure === 'number') return figure
  console.error(
    `${command}\nended with ${status}, its last line holds no number "${values.key}"\n${stderr.slice(-2000)}`,
  )
  process.exit(1)
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
