// A sweep through the API: its trials, their comparison, and its end.
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import test from 'ava'
import {
  datasets,
  loadVae,
  type SweepEvent,
  type SweepOptions,
  sweep,
  type Trial,
  trainVae,
  type VaeError,
} from '../index.js'
import { readStudy } from '../research.js'
import { temporaryFolder } from './fixtures/digits.js'

const digits = await datasets.load('digits')
const train = digits.train.slice(0, 600)
const validation = digits.test.slice(0, 200)
const small = { hiddenDims: [16], epochs: 2, validation, probe: false } as const satisfies Partial<SweepOptions>

/** A trial without the path of its folder. */
function facts({ folder, ...trial }: Trial) {
  return { ...trial, folder: basename(folder) }
}

test('a grid is trained point by point, each with every seed, as trainVae would', async (t) => {
  const out = join(await temporaryFolder(t), 'study')
  const { status, trials, best, pareto } = await sweep(train, {
    ...small,
    out,
    vary: { beta: [0, 1, 8], latentDim: [2, 4] },
    seeds: 2,
    seed: 5,
  })
  t.is(status, 'completed')
  t.deepEqual(
    trials.map(({ params, seed }) => [params.beta, params.latentDim, seed]),
    [0, 1, 8].flatMap((beta) => [2, 4].flatMap((latentDim) => [5, 6].map((seed) => [beta, latentDim, seed]))),
  )
  t.true(trials.every(({ state, intermediate }) => state === 'complete' && intermediate.length === 2))
  t.is(best?.value, Math.max(...trials.map(({ value }) => value ?? Number.NaN)))
  // The first trial of the front has the least KL, the last one the least reconstruction.
  const losses = trials.flatMap(({ losses }) => losses ?? [])
  t.is(pareto[0]?.losses?.kl, Math.min(...losses.map(({ kl }) => kl)))
  t.is(pareto.at(-1)?.losses?.reconstruction, Math.min(...losses.map(({ reconstruction }) => reconstruction)))

  const seventh = trials[7] as Trial
  const run = trainVae(train, { ...small, beta: 1, latentDim: 4, seed: 6 })
  using alone = await run
  const { elbo, reconstruction, kl, loss } = run.history[1]?.validation ?? {}
  t.like(seventh, { value: elbo, losses: { loss, elbo, reconstruction, kl } })
  using kept = await loadVae(seventh.folder)
  t.deepEqual(await kept.sample(2), await alone.sample(2))
})

test('events arrive in order, also for late consumers', async (t) => {
  const study = sweep(train, { ...small, out: await temporaryFolder(t), vary: { beta: [0, 1] }, jobs: 1, resume: true })
  const events: SweepEvent[] = []
  for await (const event of study) events.push(event)
  const of = (trial: number) => ['trial', 'run', 'epoch', 'epoch', 'trial'].map((type) => `${type} ${trial}`)
  t.deepEqual(
    events.map((event) => ('trial' in event ? `${event.type} ${event.trial.number}` : event.type)),
    ['start', ...of(0), ...of(1), 'end'],
  )
  t.like(events[0], { trials: 2, ended: 0, jobs: 1 })
  t.like(events.at(-1), { status: 'completed', best: { number: study.best?.number } })
  const late: string[] = []
  for await (const event of study) late.push('trial' in event ? event.trial.state : event.type)
  t.deepEqual(late, ['start', 'complete', 'complete', 'end'])
})

test('a trial that fails is kept with its error, and the sweep goes on', async (t) => {
  const out = await temporaryFolder(t)
  const { status, trials, best } = await sweep(train, {
    ...small,
    out,
    resume: true,
    vary: { learningRate: [1e30, 1e-3] },
  })
  t.is(status, 'completed')
  t.like(trials[0], { state: 'failed', error: { code: 'ERR_VAE_DIVERGED' } })
  t.is(trials[0]?.error?.lastGood, undefined)
  t.is(best?.number, 1)
  const read = await readStudy(out)
  t.is(read.trials[0]?.error?.message, trials[0]?.error?.message)
  t.deepEqual(read.trials.map(facts), trials.map(facts))

  const failed = await sweep(train, {
    ...small,
    out: await temporaryFolder(t),
    resume: true,
    vary: { learningRate: [1e30, 1e31] },
  })
  t.like(failed, { status: 'completed', best: undefined, pareto: [] })
})

test('the loss that trials are compared by may be another', async (t) => {
  const { best, trials } = await sweep(train, {
    ...small,
    out: await temporaryFolder(t),
    resume: true,
    vary: { beta: [0, 50] },
    objective: 'kl',
  })
  t.is(best?.number, 1)
  t.is(best?.value, trials[1]?.losses?.kl)
})

test('without validation data trials are judged on the training data, and a share is the same for all seeds', async (t) => {
  const { validation: _, ...blind } = small
  const alone = await sweep(train, { ...blind, out: await temporaryFolder(t), resume: true, vary: { beta: [1] } })
  const run = trainVae(train, blind)
  await run
  t.is(alone.best?.value, run.history.at(-1)?.train.elbo)
  const shared = await sweep(train, {
    ...blind,
    out: await temporaryFolder(t),
    resume: true,
    validation: 0.25,
    seeds: 2,
  })
  const parts = train.split({ validation: 0.25, seed: 1 })
  for (const { folder } of shared.trials) {
    const { data } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))
    t.is(data.fingerprint, parts.train.fingerprint)
  }
})

test('the median rule ends trials early, and the same ones whatever is done first', async (t) => {
  const options = {
    ...small,
    epochs: 4,
    vary: { learningRate: { low: 1e-5, high: 1e-1, log: true } },
    sampler: 'random',
    trials: 10,
    jobs: 2,
    pruner: { type: 'median', minTrials: 2 },
  } as const
  const once = await sweep(train, { ...options, out: await temporaryFolder(t), resume: true })
  const pruned = once.trials.filter(({ state }) => state === 'pruned')
  t.true(pruned.length > 0 && pruned.length < 8)
  for (const { intermediate, value } of pruned) {
    t.true(intermediate.length > 1 && intermediate.length < 4, 'after the first epoch, before the last')
    t.is(value, intermediate.at(-1)?.value)
  }
  const again = await sweep(train, { ...options, out: await temporaryFolder(t), resume: true })
  t.deepEqual(again.trials.map(facts), once.trials.map(facts))
})

test('TPE goes where it was good, knowing exactly the trials that have ended long enough ago', async (t) => {
  const options = {
    ...small,
    epochs: 1,
    vary: { learningRate: { low: 1e-5, high: 1e-1, log: true } },
    sampler: 'tpe',
    trials: 16,
    jobs: 2,
  } as const
  const study = sweep(train, { ...options, out: await temporaryFolder(t), resume: true })
  t.deepEqual(study.trials[3]?.params, {}, 'not chosen yet')
  const once = await study
  const again = await sweep(train, { ...options, out: await temporaryFolder(t), resume: true })
  t.deepEqual(again.trials.map(facts), once.trials.map(facts))
  const mean = (trials: readonly Trial[]) => trials.reduce((sum, { value = 0 }) => sum + value, 0) / trials.length
  t.true(mean(once.trials.slice(11)) > mean(once.trials.slice(0, 10)), 'the first ten are random')
})

test('trials can be added while it goes on', async (t) => {
  const out = await temporaryFolder(t)
  const vary = { beta: [0, 1], activation: ['relu', 'tanh'] } as const
  const study = sweep(train, { ...small, out, resume: true, vary })
  t.like(study.add({ beta: 3.5, activation: 'tanh' }, 9), { number: 4, state: 'waiting', seed: 9 })
  t.throws(() => study.add({ beta: -1 }), { message: /^vary\.beta: expected/ })
  t.throws(() => study.add({ activation: 'silu' }), { message: /^params\.activation: expected one of "relu", "tanh"/ })
  const { trials } = await study
  t.like(trials[4], { number: 4, state: 'complete', params: { beta: 3.5, activation: 'tanh' }, seed: 9 })
  t.throws(() => study.add({}), { code: 'ERR_VAE_ENDED' })
  const again = await sweep(train, { ...small, out, resume: true, vary })
  t.deepEqual(again.trials.map(facts), trials.map(facts))
})

test('a sweep that is stopped or aborted goes on where it was', async (t) => {
  const path = await temporaryFolder(t)
  const of = (epochs: number) => ({ ...small, epochs, vary: { beta: [0, 1, 5] } })

  /** Stops a sweep midway, then resumes and aborts it; false if it came too late. */
  const interrupted = async (epochs: number, out: string) => {
    const first = sweep(train, { ...of(epochs), out })
    for await (const event of first) if (event.type === 'epoch' && event.epoch === 2) break
    const { status, trials } = await first.stop()
    if (
      status !== 'stopped' ||
      !trials.some(({ state, intermediate }) => state === 'waiting' && intermediate.length > 1)
    )
      return false
    const controller = new AbortController()
    const second = sweep(train, { ...of(epochs), out, resume: true, signal: controller.signal })
    const reason = new Error('enough')
    for await (const event of second) if (event.type === 'epoch' && event.epoch >= 4) break
    controller.abort(reason)
    return (await second.catch((thrown: unknown) => thrown)) === reason
  }
  // The number of epochs needed to interrupt it midway depends on the machine.
  let [epochs, out] = [6, join(path, '6')]
  while (!(await interrupted(epochs, out))) {
    epochs *= 4
    out = join(path, `${epochs}`)
  }
  const whole = await sweep(train, { ...of(epochs), out: join(path, 'whole') })
  const third = await sweep(train, { ...of(epochs), out, resume: true })
  t.deepEqual(third.trials.map(facts), whole.trials.map(facts))
  const model = ({ folder }: Trial) => readFileSync(join(folder, 'model.safetensors'))
  for (const [i, trial] of third.trials.entries()) t.deepEqual(model(trial), model(whole.trials[i] as Trial))
})

test('what is wrong is said at once, and nothing is touched', async (t) => {
  const out = join(await temporaryFolder(t), 'study')
  const refused = (options: object) =>
    t.throws<VaeError>(() => sweep(train, { ...small, out, ...options } as SweepOptions), { name: 'VaeError' })
  t.is(refused({ vary: { beta: [0, -1] } })?.option, 'vary.beta')
  t.is(refused({ vary: { batchsize: [1] } })?.remedy, 'did you mean `vary.batchSize`?')
  t.is(refused({ vary: { beta: [1] }, beta: 1 })?.option, 'beta')
  t.is(refused({ keep: 'best', validation: undefined })?.option, 'keep')
  t.is(refused({ out: 3 })?.option, 'out')
  t.is(refused({ signal: 3 })?.option, 'signal')
  t.is(refused({ sampler: 'random' })?.option, 'trials')
  t.throws(() => readFileSync(out))
})

test('one process at a time has a study, and it continues only as itself', async (t) => {
  const out = join(await temporaryFolder(t), 'study')
  const vary = { beta: [0, 1] }
  const study = sweep(train, { ...small, out, vary })
  t.throws(() => sweep(train, { ...small, out, vary, resume: true }), {
    message: `out: expected a folder that no process trains in, got ${out}, in use by process ${process.pid} on ${hostname()}; wait until it has ended, or choose another folder.`,
  })
  await study
  t.throws(() => sweep(train, { ...small, out, vary }), {
    message: `out: expected a folder without a study, got ${out}, which holds study.jsonl; set \`resume\` to continue that study, or choose another folder.`,
  })
  t.throws(() => sweep(train, { ...small, out, vary, resume: true, epochs: 3 }), {
    code: 'ERR_VAE_CHECKPOINT',
    message: /^epochs: the study to continue was started with another option: expected 2, got 3; continue with/,
  })
  t.throws(() => sweep(train.slice(1), { ...small, out, vary, resume: true }), {
    message:
      /^the study to continue was started with other data: expected digits \(600 examples, digest [0-9a-f]{12}…\), got digits \(599 examples, digest /,
  })
  // The refusals have released the folder.
  t.like(await sweep(train, { ...small, out, vary, resume: true }), { status: 'completed' })
})

test('a study without an end may be made longer', async (t) => {
  const out = await temporaryFolder(t)
  const options = { ...small, epochs: 1, vary: { beta: { low: 0, high: 5 } } }
  const short = await sweep(train, { ...options, out, resume: true, trials: 2 })
  const long = await sweep(train, { ...options, out, resume: true, trials: 3 })
  t.deepEqual(long.trials.slice(0, 2).map(facts), short.trials.map(facts))
  t.is(long.trials[2]?.state, 'complete')
})
