// A sweep's study on disk: after a kill, and opened by Optuna.
import { execFile } from 'node:child_process'
import { cpSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { type SweepOptions, sweep, type Trial } from '../index.js'
import { readStudy } from '../research.js'
import { child } from './fixtures/child.js'
import { fewDigits, small, temporaryFolder } from './fixtures/digits.js'
import { pythonWith } from './fixtures/tools.js'

const { train, test: validation } = await fewDigits()

/** TPE points and pruned trials: each depends on all trials before it. */
const learned = {
  ...small,
  epochs: 3,
  validation,
  vary: { learningRate: { low: 1e-5, high: 1e-1, log: true }, activation: ['relu', 'tanh'] },
  sampler: 'tpe',
  trials: 16,
  jobs: 2,
  pruner: { type: 'median', minTrials: 3 },
} as const satisfies Partial<SweepOptions>

/** Trials without the paths of their folders. */
function facts(trials: readonly Trial[]) {
  return trials.map(({ folder, ...trial }) => ({ ...trial, folder: basename(folder) }))
}

/** Number of trials created in a journal, and the number of ends of each. */
function counts(folder: string): [created: number, ended: number[]] {
  const lines = readFileSync(join(folder, 'study.jsonl'), 'utf8').trimEnd().split('\n')
  const operations = lines.map((line) => JSON.parse(line))
  const ended: number[] = []
  for (const { op_code, trial_id } of operations) if (op_code === 6) ended[trial_id] = (ended[trial_id] ?? 0) + 1
  return [operations.filter(({ op_code }) => op_code === 4).length, ended]
}

test('a journal that ends anywhere is continued to the same end', async (t) => {
  const path = await temporaryFolder(t)
  const whole = join(path, 'whole')
  const { trials } = await sweep(train, { ...learned, out: whole })
  t.true(trials.some(({ state }) => state === 'pruned'))
  const { size } = statSync(join(whole, 'study.jsonl'))
  for (let cut = 0; cut < 8; cut++) {
    // The last cut removes only the last byte.
    const length = cut === 7 ? size - 1 : Math.round((size * cut) / 7 + Math.random() * 50)
    const out = join(path, `cut-${cut}`)
    cpSync(whole, out, { recursive: true })
    truncateSync(join(out, 'study.jsonl'), Math.min(length, size - 1))
    const again = await sweep(train, { ...learned, out, resume: true })
    t.deepEqual(facts(again.trials), facts(trials), `cut after ${length} of ${size} bytes`)
    t.deepEqual(counts(out), [16, Array(16).fill(1)], `cut after ${length} of ${size} bytes`)
  }
})

test('a sweep that is killed again and again is the same as one that never was', async (t) => {
  const path = await temporaryFolder(t)
  // It kills itself after `epochs` epoch events, while others train, so that no signal arrives too late.
  const program = (out: string, epochs = Number.POSITIVE_INFINITY) => `
    import { sweep } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)}
    const some = train.slice(0, 2000)
    const vary = { beta: [0, 1, 5], latentDim: [2, 8] }
    const study = sweep(some, { out: ${JSON.stringify(out)}, vary, hiddenDims: [64], epochs: 6, validation: 0.1, resume: true })
    let epochs = 0
    for await (const { type } of study)
      if (type === 'epoch' && ++epochs >= ${epochs}) process.kill(process.pid, 'SIGKILL')`
  const whole = join(path, 'whole')
  t.like(await child(program(whole)), { code: 0, stderr: '' })
  const out = join(path, 'killed')
  const kills: number[] = []
  while (kills.length < 3) {
    const epochs = 1 + Math.floor(Math.random() * 10)
    const { signal } = await child(program(out, epochs))
    // A later attempt may have fewer epochs left.
    if (signal === null) break
    kills.push(epochs)
  }
  t.like(await child(program(out)), { code: 0, stderr: '' })
  const about = `killed after ${kills.join(', ')} epochs of 36`
  t.true(kills.length > 0, about)
  t.deepEqual(facts((await readStudy(out)).trials), facts((await readStudy(whole)).trials), about)
  t.deepEqual(counts(out), [6, Array(6).fill(1)], about)
  for (const { folder } of (await readStudy(whole)).trials) {
    const model = (study: string) => readFileSync(join(study, 'trials', basename(folder), 'model.safetensors'))
    t.deepEqual(model(out), model(whole), about)
  }
})

const script = fileURLToPath(new URL('./fixtures/read_study.py', import.meta.url))

test('Optuna opens the study, finds the same results, and can continue it', async (t) => {
  const python = pythonWith(t, 'optuna')
  if (python === undefined) return
  const out = join(await temporaryFolder(t), 'study')
  const options = {
    epochs: 3,
    batchSize: 64,
    validation,
    vary: {
      learningRate: { low: 1e-4, high: 1, log: true },
      latentDim: { low: 2, high: 9, step: 3 },
      beta: [0, 0.5, 1],
      hiddenDims: [[16], [16, 8]],
      likelihood: ['bernoulli', { type: 'gaussian', variance: 1 }],
      keep: ['last', 'best'],
    },
    sampler: 'random',
    trials: 12,
    jobs: 2,
    seed: 3,
    pruner: { type: 'median', minTrials: 2, warmupEpochs: 0 },
  } as const satisfies Partial<SweepOptions>
  const study = sweep(train, { ...options, out })
  study.add({ learningRate: 1e30, latentDim: 2, beta: 7 })
  const { trials, best } = await study
  const states = new Set(trials.map(({ state }) => state))
  t.deepEqual([...states].sort(), ['complete', 'failed', 'pruned'])
  const { stdout } = await promisify(execFile)(python, [script, join(out, 'study.jsonl')], { maxBuffer: 1 << 24 })
  const theirs = JSON.parse(stdout)
  t.like(theirs, { name: 'study', direction: 'MAXIMIZE', best: best?.number })
  t.like(theirs.attributes['vae-native'], JSON.parse(JSON.stringify((await readStudy(out)).plan)))
  const json = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : value)
  t.is(theirs.trials.length, trials.length)
  for (const [i, { number, params, state, value = null, intermediate, losses, seed }] of trials.entries()) {
    t.like(theirs.trials[i], {
      number,
      state: { complete: 'COMPLETE', pruned: 'PRUNED', failed: 'FAIL', running: '', waiting: '' }[state],
      params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, json(value)])),
      value,
      intermediate: intermediate.map(({ epoch, value }) => [epoch, value]),
      attributes: { folder: `trials/${String(number).padStart(4, '0')}`, seed, ...losses },
      dated: true,
    })
  }
  const failed = theirs.trials.at(-1)
  t.like(failed.attributes.error, { code: 'ERR_VAE_DIVERGED' })
  t.like(theirs.trials[0].distributions, {
    learningRate: 'FloatDistribution(high=1.0, log=True, low=0.0001, step=None)',
    latentDim: 'IntDistribution(high=8, log=False, low=2, step=3)',
    beta: 'FloatDistribution(high=1.0, log=False, low=0.0, step=None)',
    hiddenDims: "CategoricalDistribution(choices=('[16]', '[16,8]'))",
    keep: "CategoricalDistribution(choices=('last', 'best'))",
  })
  t.deepEqual(theirs.asked, { number: 13, params: Object.keys(trials[0]?.params ?? {}).sort() })
  // Our reader ignores the trial added by Optuna, which alone can then continue the study.
  t.deepEqual(
    (await readStudy(out)).trials.map(({ number }) => number),
    [...trials.keys()],
  )
  t.throws(() => sweep(train, { ...options, out, resume: true }), { message: /adds a trial of another program/ })
})
