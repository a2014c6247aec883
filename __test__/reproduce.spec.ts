/** Reproduction of the paper: its claims on made-up figures, and all of it on a few built-in digits. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { execa } from 'execa'
import { claims } from '../cli/reproduce/claims/all.js'
import { type Claim, countVerdicts, evaluateClaim } from '../cli/reproduce/claims/claim.js'
import { Clock, remainingWork } from '../cli/reproduce/clock.js'
import { packPictures, packPoints, unpackPictures, unpackPoints } from '../cli/reproduce/packed.js'
import { type ExperimentPlan, planExperiments } from '../cli/reproduce/plan.js'
import { writeReport } from '../cli/reproduce/report.js'
import { reproduce, runsFolderOf } from '../cli/reproduce/reproduce.js'
import { MissingRun, type Results } from '../cli/reproduce/results.js'
import { rankCorrelation, rises, spread } from '../cli/reproduce/statistics.js'
import { datasets } from '../index.js'

test('sixteen claims in their order', (t) => {
  t.deepEqual(
    claims.map(({ number }) => number),
    Array.from({ length: 16 }, (_, i) => i + 1),
  )
})

test('the plan: both likelihoods, three seeds of what the figures show, twenty epochs', (t) => {
  const full = planExperiments({ quick: false, examples: 60_000 })
  const ids = new Set(full.experiments.map(({ id }) => id))
  t.is(ids.size, full.experiments.length)
  for (const likelihood of ['bernoulli', 'squared-error'])
    for (const model of [
      'beta-0',
      'beta-1',
      'beta-5',
      'beta-50',
      'beta-200',
      'beta-500',
      'autoencoder',
      'laplace',
      'uniform',
    ])
      for (const seed of [1, 2, 3])
        t.true(ids.has(`${likelihood}-${model}-seed-${seed}`), `${likelihood} ${model} ${seed}`)
  t.deepEqual(full.epochs, [1, 5, 10, 20])
  t.is(full.examples, 60_000)
  const quick = planExperiments({ quick: true, examples: 60_000 })
  t.is(quick.examples, 12_000)
  t.true(quick.experiments.length < full.experiments.length)
})

test('a verdict is that of every seed and likelihood', (t) => {
  const results = { plan: { seeds: [1, 2] }, measured: [] } as unknown as Results
  const claim = (holds: Claim['evaluate']): Claim => ({
    ...{ number: 1, statement: 's', where: 'w', measured: 'm', criterion: 'c' },
    evaluate: holds,
  })
  const verdict = (holds: (likelihood: string, seed: number) => boolean) =>
    evaluateClaim(
      claim(({ likelihood, seed }) => ({ figures: { seed }, holds: holds(likelihood, seed) })),
      results,
    )
  t.is(verdict(() => true).verdict, 'holds')
  t.is(verdict(() => false).verdict, 'does not hold')
  t.is(verdict((likelihood) => likelihood === 'bernoulli').verdict, 'depends')
  t.is(verdict((_, seed) => seed === 2).found.bernoulli.holding, 1)
  t.deepEqual(verdict(() => true).found.bernoulli.figures, [{ name: 'seed', values: [1, 2] }])
  const partly = evaluateClaim(
    claim(({ seed }) => {
      if (seed === 2) throw new MissingRun('no such run')
      return { figures: {}, holds: true }
    }),
    results,
  )
  t.is(partly.found.bernoulli.seeds, 1)
  t.is(countVerdicts([verdict(() => true), verdict(() => false), verdict(() => false)]), '1 hold · 2 do not · 0 depend')
})

test('statistics', (t) => {
  t.is(spread([133.1, 133.4, 133.9]), '133.5 (133.1 to 133.9)')
  t.is(spread([0.1234]), '0.123')
  t.is(spread([-140.2, -139.8]), '−140.0 (−140.2 to −139.8)')
  t.is(spread([]), '–')
  t.true(rises([1, 2, 3]))
  t.false(rises([1, 3, 3]))
  // scipy.stats.spearmanr([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]).statistic
  const pairs = [5, 6, 7, 8, 7].map((y, i) => [i + 1, y] as const)
  t.true(Math.abs(rankCorrelation(pairs) - 0.8207826816681233) < 1e-12)
})

test('pictures and points survive their packing', (t) => {
  const images = { data: Float32Array.of(0, 0.5, 1, 2), shape: [1, 2, 2] }
  const unpacked = unpackPictures(packPictures(images))
  t.deepEqual(unpacked.shape, [1, 2, 2])
  t.deepEqual(
    Array.from(unpacked.data, (value) => Math.round(value * 255)),
    [0, 128, 255, 255],
  )
  const points = { data: Float32Array.of(-3, 0.25, 1.5, 5), shape: [2, 2] }
  const back = unpackPoints(packPoints(points))
  back.data.forEach((value, i) => {
    t.true(Math.abs(value - (points.data[i] ?? 0)) < 8 / 65535)
  })
})

test('the clock counts what is left', (t) => {
  const [experiment] = planExperiments({ quick: false, examples: 1000 }).experiments
  if (experiment === undefined) return t.fail()
  const all = remainingWork(experiment, 1000, 0)
  const rest = remainingWork(experiment, 1000, 2)
  t.deepEqual(all[0], { images: 20_000 })
  t.deepEqual(rest[0], { images: 15_000 })
  t.is(all.length - rest.length, 2)
  const { sizes } = planExperiments({ quick: true, examples: 1000 })
  const clock = new Clock([{ images: 1000 }, 'classifiers'], 100, sizes)
  const before = clock.secondsLeft
  clock.tick({ images: 500 })
  t.is(before - clock.secondsLeft, 5)
})

test('the whole of it on a few digits, and again from the middle', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'vae-reproduce-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const { train, test: held } = await datasets.load('digits')
  const whole = planExperiments({ quick: true, examples: 400 })
  const small: ExperimentPlan = {
    ...whole,
    seeds: [1],
    sizes: { test: 200, neighbours: 100, draws: 50, bounds: 5, estimates: 4 },
    experiments: whole.experiments.filter(({ seed }) => seed === 1),
  }
  const estimates: number[] = []
  const reported: string[] = []
  const again = () =>
    reproduce({
      plan: small,
      train: train.slice(0, 400),
      test: held,
      folder,
      signal: new AbortController().signal,
      onEstimate: (all, left) => estimates.push(all, left),
      onProgress: (what) => reported.push(what),
    })
  const results = await again()
  t.is(results.measured.length, small.experiments.length)
  t.is(estimates[0], estimates[1])

  const options = { folder, test: held, png: false, signal: new AbortController().signal }
  const written = await writeReport(results, options)
  t.is(written.findings.length, 16)
  t.true(written.findings.every(({ found }) => found.bernoulli.seeds === 1 && found['squared-error'].seeds === 1))
  const page = readFileSync(written.path, 'utf8')
  t.notRegex(page.replaceAll('http://www.w3.org/', ''), /https?:\/\//)
  for (const n of ['01', '02', '03', '04', '09-bernoulli', '14-squared-error']) {
    t.regex(readFileSync(join(folder, 'figures', `figure-${n}.svg`), 'utf8'), /^<svg.*<\/svg>\s*$/s)
    t.notThrows(() => JSON.parse(readFileSync(join(folder, 'figures', `figure-${n}.json`), 'utf8')))
  }

  // Interrupted: one model lacks its last measurements, another everything.
  const runs = runsFolderOf(folder)
  t.false(readdirSync(runs).some((id) => existsSync(join(runs, id, 'checkpoint.safetensors'))))
  unlinkSync(join(runs, 'bernoulli-beta-5-seed-1', 'measured.json'))
  rmSync(join(runs, 'bernoulli-beta-5-seed-1'), { recursive: true })
  rmSync(join(runs, 'squared-error-laplace-seed-1'), { recursive: true })
  reported.length = 0
  const repeated = await again()
  t.deepEqual([...new Set(reported)], ['two classifiers', 'bernoulli-beta-5-seed-1', 'squared-error-laplace-seed-1'])
  t.true((estimates[3] ?? 0) < (estimates[2] ?? 0))
  const claimsAgain = (await writeReport(repeated, options)).findings
  t.deepEqual(JSON.parse(JSON.stringify(claimsAgain)), JSON.parse(JSON.stringify(written.findings)))
})

const cli = fileURLToPath(new URL('../dist/cli/cli.js', import.meta.url))
const vaeNative = (...args: string[]) => execa(process.execPath, [cli, 'reproduce', ...args], { reject: false })

test('data that cannot be reproduced on are refused with the reason', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'vae-reproduce-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const table = join(folder, 'table.csv')
  writeFileSync(table, 'a,b\n0,1\n1,0\n0.5,0.5\n')
  const { exitCode, stderr, stdout } = await vaeNative('--quick', '--data', table, '--out', join(folder, 'out'))
  t.is(exitCode, 2)
  t.is(stdout, '')
  t.is(stderr, `✖ ${table} has no test part; the paper's figures are drawn from test images`)
  t.false(existsSync(join(folder, 'out')))
})

test('Ctrl-C stops it, and the same command continues', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'vae-reproduce-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const out = join(folder, 'out')
  const begin = () => vaeNative('--quick', '--data', 'digits', '--out', out)
  const first = begin()
  while (!existsSync(join(out, 'runs', 'bernoulli-beta-0-seed-2', 'metrics.jsonl'))) await setTimeout(50)
  first.kill('SIGINT')
  t.is((await first).exitCode, 130)
  t.true(existsSync(join(out, 'runs', 'bernoulli-beta-0-seed-1', 'measured.json')))
  t.false(existsSync(join(out, 'report.html')))

  const second = begin()
  await new Promise<void>((resolve) => {
    let output = ''
    second.stderr.on('data', (text) => {
      output += text
      if (output.includes('bernoulli-beta-0-seed-2')) resolve()
    })
  })
  second.kill('SIGINT')
  const { exitCode, stderr } = await second
  t.is(exitCode, 130)
  t.regex(stderr, /runs on digits: about [\d:.]+.* on this machine, [\d:.]+.* of it to go/)
  t.notRegex(stderr, /bernoulli-beta-0-seed-1 /)

  const other = await vaeNative('--data', 'digits', '--out', out)
  t.is(other.exitCode, 2)
  t.regex(other.stderr, /out holds the reproduction of other data or of another length; give one of digits an --out/)
})
