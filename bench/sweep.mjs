#!/usr/bin/env node
// Compares a sweep of 24 trials killed repeatedly at random moments with an undisturbed one: every trial once, and the
// same bytes in results.csv. Also measures how busy a sweep keeps the cores.
//
//   node bench/sweep.mjs [--data digits] [--kills 10] [--epochs 8]
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine } from './machine.mjs'

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'digits' },
    kills: { type: 'string', default: '10' },
    epochs: { type: 'string', default: '8' },
  },
})
const program = fileURLToPath(new URL('../dist/cli/cli.js', import.meta.url))
const at = mkdtempSync(join(tmpdir(), 'vae-native-sweep-'))
const data = values.data === 'digits' ? 'digits' : resolve(values.data)
const common = `--data ${data} --epochs ${values.epochs} --hidden-dims 128 --quiet`
const ranges = '--vary learning-rate=1e-4..1e-2:log --vary latent-dim=2..16 --trials 24'
const median = '--pruner median --pruner-min-trials 4'
const sweeps = {
  grid: '--vary beta=0,0.5,1,5 --vary latent-dim=2,8 --seeds 3',
  random: `${ranges} --sampler random`,
  'quasi-random': `${ranges} --sampler quasi-random --seeds 2`,
  'TPE, median, 1 job': `${ranges} --sampler tpe ${median} --jobs 1`,
  'TPE, median, 2 jobs': `${ranges} --sampler tpe ${median} --jobs 2`,
}

/** Runs a sweep, or kills it after `killAfter` ms; returns whether it was killed, its seconds and processor seconds. */
function run(flags, killAfter) {
  return new Promise((done, fail) => {
    const start = performance.now()
    const command = [process.execPath, program, 'sweep', ...`${flags} ${common}`.split(' ')]
    // bash measures the processor time of its child; a process to kill is started without it.
    const timed = ['bash', '-c', 'TIMEFORMAT="%U %S"; time "$@"', 'bash', ...command]
    const [first, ...rest] = killAfter === undefined ? timed : command
    const child = spawn(first, rest, { cwd: at, stdio: ['ignore', 'ignore', 'pipe'] })
    let output = ''
    child.stderr.on('data', (text) => {
      output += text
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), killAfter ?? 2 ** 30)
    child.on('error', fail)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (signal === null && code !== 0) fail(new Error(output))
      const [user, system] = output.trim().split(/\s+/).slice(-2).map(Number)
      done({ wasKilled: signal !== null, seconds: (performance.now() - start) / 1000, busy: user + system })
    })
  })
}

/** Number of trials in a journal, and `once`: true if each began and ended exactly once. */
function counts(folder) {
  const [begun, ended] = [{}, {}]
  let trials = 0
  for (const line of readFileSync(join(at, folder, 'study.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')) {
    const { op_code, trial_id } = JSON.parse(line)
    if (op_code === 4) begun[trials] = (begun[trials++] ?? 0) + 1
    if (op_code === 6) ended[trial_id] = (ended[trial_id] ?? 0) + 1
  }
  return {
    trials,
    once: Object.values(begun)
      .concat(Object.values(ended))
      .every((n) => n === 1),
  }
}

const { cpu, cores, node, load } = describeMachine()
console.log(`${cores} cores of ${cpu}, Node ${node}, load ${load.toFixed(1)}\n`)
for (const [k, [name, flags]] of Object.entries(sweeps).entries()) {
  const [whole, killed] = [`whole-${k}`, `killed-${k}`]
  const alone = await run(`${flags} --out ${whole}`)
  let kills = 0
  // Each attempt is long enough to progress, and short enough that all kills fit into one sweep.
  while (kills < Number(values.kills)) {
    const { wasKilled } = await run(`${flags} --out ${killed} --resume`, 250 + Math.random() * alone.seconds * 100)
    if (!wasKilled) break
    kills += 1
  }
  await run(`${flags} --out ${killed} --resume`)
  const [a, b] = [whole, killed].map((folder) => readFileSync(join(at, folder, 'results.csv'), 'utf8'))
  const { trials, once } = counts(killed)
  const pruned = a.match(/,pruned,/g)?.length ?? 0
  const share = ((100 * alone.busy) / alone.seconds / cores).toFixed(0)
  console.log(
    `${name}: ${kills} kills, ${trials} trials (${pruned} pruned), ${once ? 'each once' : 'NOT EACH ONCE'}, results.csv ${a === b ? 'the same bytes' : 'DIFFERS'}; alone ${alone.seconds.toFixed(1)} s, cores ${share} % busy`,
  )
  if (!once || a !== b) process.exitCode = 1
}
rmSync(at, { recursive: true, force: true })
