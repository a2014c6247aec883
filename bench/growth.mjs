#!/usr/bin/env node
// Growth of time and memory with the number of images N and with L, the draws of z per example, against the laws that
// the arithmetic predicts. Prints the figures as Markdown and draws them.
//
//   node bench/growth.mjs [--rounds 5] [--data data] [--svg growth.svg] [--out growth.json] [--quick]
//
// --data is a folder that holds mnist/. Sizes are measured in turns, so that a slow minute affects all of them.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { flopsPerImage, reference } from './contenders.mjs'
import { describeMachine } from './machine.mjs'
import { plot } from './plot.mjs'
import { inTurns, median } from './turns.mjs'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    data: { type: 'string', default: 'data' },
    svg: { type: 'string' },
    out: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5))
if (!Number.isInteger(rounds) || rounds < 1) refuse('--rounds is a whole number from 1 up')
const archive = resolve(values.data, 'mnist/train-images-idx3-ubyte.gz')
if (!existsSync(archive)) refuse(`${values.data} does not hold mnist/: --data names the folder that does`)

const pixels = 28 * 28
const sizes = values.quick ? [7_500, 15_000, 30_000] : [7_500, 15_000, 30_000, 60_000, 120_000, 240_000]
const draws = values.quick ? [1, 4] : [1, 2, 4, 8, 16]
const scratch = mkdtempSync(join(tmpdir(), 'vae-native-growth-'))
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))

const machine = describeMachine()
const files = writeSets()
const bySize = measure(sizes.map((n, i) => ['--data', files[i], '--steps', Math.ceil(n / reference.batchSize)]))
const byDraws = measure(
  draws.map((samples) => [
    '--data',
    archive,
    '--samples',
    samples,
    '--steps',
    Math.round((values.quick ? 64 : 640) / samples),
  ]),
)

const secondsPerEpoch = bySize.map((lines, i) => middle(lines, (line) => sizes[i] / line.imagesPerSecond))
const memory = bySize.map((lines) => middle(lines, (line) => line.peakMemoryMiB))
const step = byDraws.map((lines) => middle(lines, (line) => line.medianMillisecondsPerStep ?? line.millisecondsPerStep))
// Ratios within each round.
const relative = byDraws.map((lines) =>
  middle(lines, (line, round) => 1e6 / line.imagesPerSecond / (1e6 / byDraws[0][round].imagesPerSecond)),
)

const secondsPerImage = median(secondsPerEpoch.map((seconds, i) => seconds / sizes[i]))
const timeLaw = (n) => n * secondsPerImage
const bytes = (n) => (n * pixels) / 2 ** 20
const fixedMemory = median(memory.map((mib, i) => mib - bytes(sizes[i])))
const memoryLaw = (n) => fixedMemory + bytes(n)
// The encoder runs once per example, the decoder once per draw.
const perDraw = (flopsPerImage({ ...reference, samples: 2 }) - flopsPerImage(reference)) / flopsPerImage(reference)
const drawsLaw = (samples) => 1 - perDraw + perDraw * samples
const drawsLawName = `${(1 - perDraw).toFixed(2)} + ${perDraw.toFixed(2)}·L`

const knowsMemory = memory.every(Number.isFinite)
console.log(
  [
    `Measured ${machine.date} at ${machine.commit}: ${machine.cpu}, ${machine.cores} cores, load ${machine.load.toFixed(1)} at the start; medians of ${rounds} round${rounds === 1 ? '' : 's'} in turns.`,
    ...(values.quick ? ['A quick run: do not quote these figures.'] : []),
    '',
    '| N | s/epoch | law | off by | peak memory, MiB | law |',
    '| ---: | ---: | ---: | ---: | ---: | ---: |',
    ...sizes.map((n, i) =>
      cells(
        n.toLocaleString('en'),
        secondsPerEpoch[i].toFixed(2),
        timeLaw(n).toFixed(2),
        off(secondsPerEpoch[i], timeLaw(n)),
        ...(knowsMemory ? [memory[i].toFixed(0), memoryLaw(n).toFixed(0)] : ['–', '–']),
      ),
    ),
    '',
    `Laws: proportional to N; ${knowsMemory ? `${fixedMemory.toFixed(0)} MiB and ` : ''}one byte a pixel.`,
    '',
    `| L | ms/step | times L = 1 | ${drawsLawName} | off by |`,
    '| ---: | ---: | ---: | ---: | ---: |',
    ...draws.map((samples, i) =>
      cells(
        samples,
        step[i].toFixed(2),
        relative[i].toFixed(2),
        drawsLaw(samples).toFixed(2),
        off(relative[i], drawsLaw(samples)),
      ),
    ),
  ].join('\n'),
)
if (values.svg) writeFileSync(values.svg, drawing())
if (values.out) {
  const bySizeResult = sizes.map((n, i) => ({ n, secondsPerEpoch: secondsPerEpoch[i], peakMemoryMiB: memory[i] }))
  const byDrawsResult = draws.map((samples, i) => ({ samples, millisecondsPerStep: step[i], relative: relative[i] }))
  const laws = { secondsPerImage, fixedMemoryMiB: fixedMemory, perDraw }
  writeFileSync(
    values.out,
    `${JSON.stringify({ machine, rounds, bySize: bySizeResult, byDraws: byDrawsResult, laws }, null, 2)}\n`,
  )
}

function refuse(sentence) {
  console.error(sentence)
  process.exit(2)
}

/** Writes files of N images each, repeating MNIST's. Only their number matters. */
function writeSets() {
  const mnist = gunzipSync(readFileSync(archive)).subarray(16)
  return sizes.map((n) => {
    const header = Buffer.alloc(16)
    for (const [i, word] of [0x803, n, 28, 28].entries()) header.writeUInt32BE(word, 4 * i)
    const path = join(scratch, `${n}-images-idx3-ubyte`)
    const whole = Math.floor((n * pixels) / mnist.length)
    writeFileSync(
      path,
      Buffer.concat([header, ...Array(whole).fill(mnist), mnist.subarray(0, (n * pixels) % mnist.length)]),
    )
    return path
  })
}

/** Runs our `bench` with each of these options; returns its lines, one per round. */
function measure(choices) {
  const cli = fileURLToPath(new URL('../dist/cli/cli.js', import.meta.url))
  const commands = choices.map((options) => ({
    run: [process.execPath, cli, 'bench', '--json', '--sparsity', 'off', ...options.map(String)],
  }))
  return inTurns(commands, rounds, (_, failure) => refuse(`vae-native bench: ${failure}`)).map(({ lines }) => lines)
}

function middle(lines, figure) {
  return median(lines.map(figure))
}

function cells(...texts) {
  return `| ${texts.join(' | ')} |`
}

function off(measured, law) {
  return `${(100 * (measured / law - 1)).toFixed(0)} %`
}

function drawing() {
  const of = (xs, ys) => xs.map((x, i) => [x, ys[i]])
  const time = {
    title: 'Time of an epoch',
    x: 'N, images',
    y: 'seconds',
    logarithmic: true,
    points: of(sizes, secondsPerEpoch),
    law: timeLaw,
    lawName: 'proportional to N',
  }
  const memoryOfRun = {
    title: 'Peak memory',
    x: 'N, images',
    y: 'MiB',
    points: of(sizes, memory),
    law: memoryLaw,
    lawName: 'one byte a pixel',
  }
  const draw = {
    title: 'Time of a step',
    x: 'L, draws of z per example',
    y: 'times L = 1',
    points: of(draws, relative),
    law: drawsLaw,
    lawName: drawsLawName,
  }
  return plot(knowsMemory ? [time, memoryOfRun, draw] : [time, draw])
}
