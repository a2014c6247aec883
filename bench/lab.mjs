#!/usr/bin/env node
// Cost of the lab: training with the lab drawing on a real terminal, and the same training without it, in turns.
//
//   node bench/lab.mjs [--data data] [--rounds 5] [--epochs 10] [--size 120x40]
//
// --data is a folder that holds mnist/. The terminal is tmux, whose drawing on this machine is part of the cost.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine } from './machine.mjs'
import { median } from './turns.mjs'

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'data' },
    rounds: { type: 'string', default: '5' },
    epochs: { type: 'string', default: '10' },
    size: { type: 'string', default: '120x40' },
  },
})
const program = fileURLToPath(new URL('../dist/cli/cli.js', import.meta.url))
const cores = availableParallelism()
const reference = `--data ${resolve(values.data, 'mnist')} --latent-dim 20 --epochs ${values.epochs}`
const four = `sweep ${reference} --vary beta=0,1,5,50 --jobs 4`
/** Trainings, and the least share of their speed that each must keep with the lab. */
const cases = [
  { name: `one run, ${cores} threads`, command: `train ${reference} --threads ${cores}`, minRatio: 0.95 },
  {
    name: `one run, ${cores - 1} of ${cores} threads`,
    command: `train ${reference} --threads ${cores - 1}`,
    minRatio: 0.99,
  },
  { name: 'four runs at once', command: four, minRatio: 0.95 },
]

const { cpu, cores: available, node } = describeMachine()
console.log(`${cpu}, ${available} cores, Node ${node}; terminal ${values.size}, ${values.rounds} rounds\n`)
console.log('| | without | with the lab | ratio (least to greatest) | must | frames/s | p50 ms | p99 ms |')
console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |')
for (const { name, command, minRatio } of cases) {
  const rounds = []
  for (let round = 0; round < Number(values.rounds); round++) {
    // The first of a round runs on a cooler machine, so the order alternates.
    const both = {}
    for (const way of round % 2 === 0 ? [plain, lab] : [lab, plain]) both[way.name] = await way(command)
    rounds.push(both)
  }
  const ratios = rounds.map((both) => both.lab.speed / both.plain.speed).sort((a, b) => a - b)
  const of = (get) => median(rounds.map(get))
  const cells = [
    name,
    grouped(of((both) => both.plain.speed)),
    grouped(of((both) => both.lab.speed)),
    `${median(ratios).toFixed(3)} (${ratios.at(0).toFixed(3)}–${ratios.at(-1).toFixed(3)})`,
    minRatio,
    of((both) => both.lab.framesPerSecond).toFixed(1),
    of((both) => both.lab.p50).toFixed(1),
    of((both) => both.lab.p99).toFixed(1),
  ]
  console.log(`| ${cells.join(' | ')} |`)
}

/** Trains without output. */
async function plain(command) {
  const folder = mkdtempSync(join(tmpdir(), 'vae-native-lab-'))
  const words = [...command.split(' '), '--out', join(folder, 'run'), '--no-tui', '--quiet']
  const { status, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const speed = speedOf(join(folder, 'run'))
  rmSync(folder, { recursive: true })
  return { speed }
}

/** Trains in the lab on its own terminal; reads the number of frames from the list of keys at the end. */
async function lab(command) {
  const folder = mkdtempSync(join(tmpdir(), 'vae-native-lab-'))
  const tmux = (...words) => spawnSync('tmux', ['-L', `lab-${process.pid}`, ...words], { encoding: 'utf8' }).stdout
  const [columns, rows] = values.size.split('x')
  const typed = `env -u CI -u NO_COLOR COLORTERM=truecolor "${process.execPath}" "${program}" ${command} --out run`
  const start = performance.now()
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', columns, '-y', rows, '-c', folder, typed)
  while (!ended(join(folder, 'run'))) await sleep(500)
  const seconds = (performance.now() - start) / 1000
  tmux('send-keys', '?')
  await sleep(500)
  const match = /([\d,]+) frames, half below ([\d.]+) ms, 99 of 100 below ([\d.]+) ms/.exec(tmux('capture-pane', '-p'))
  if (match === null) throw new Error(`the lab shows no frame count:\n${tmux('capture-pane', '-p')}`)
  tmux('kill-server')
  const speed = speedOf(join(folder, 'run'))
  rmSync(folder, { recursive: true })
  const [frames, p50, p99] = match.slice(1).map((text) => Number(text.replaceAll(',', '')))
  return { speed, framesPerSecond: frames / seconds, p50, p99 }
}

/** Reads the records of a run, or of all trials of a sweep. */
function records(folder) {
  const list = (path) => {
    try {
      return readdirSync(path)
    } catch {
      return []
    }
  }
  const trials = list(join(folder, 'trials')).map((name) => join(folder, 'trials', name))
  return (trials.length > 0 ? trials : [folder]).map((run) => {
    try {
      return readFileSync(join(run, 'metrics.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    } catch {
      return []
    }
  })
}

function ended(folder) {
  const all = records(folder)
  return all.length === (all.length > 1 ? 4 : 1) && all.every((events) => events.at(-1)?.type === 'end')
}

/**
 * Images per second, summed over all runs: each by its median epoch, from the second on, so that a disturbance of a
 * second or two affects one epoch and not the round.
 */
function speedOf(folder) {
  const speeds = records(folder).map((events) => {
    const ends = events.filter(({ type }) => type === 'epoch').map(({ seconds }) => seconds)
    return 60_000 / median(ends.slice(1).map((end, i) => end - ends[i]))
  })
  return speeds.reduce((sum, speed) => sum + speed, 0)
}

function grouped(value) {
  return Math.round(value).toLocaleString('en-US')
}
