import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { datasets, trainVae, type VaeError } from '../index.js'
import { fewDigits, small, temporaryFolder } from './fixtures/digits.js'

const digits = await fewDigits()

test('a run trains, emits events, and resolves to the model', async (t) => {
  const run = trainVae(digits.train, { ...small, validation: digits.test })
  const types = new Set<string>()
  for await (const event of run) types.add(event.type)
  const vae = await run
  t.deepEqual([...types].sort(), ['end', 'epoch', 'probe', 'start', 'step'])
  t.deepEqual(
    run.history.map(({ epoch }) => epoch),
    [1, 2],
  )
  const [first, second] = run.history
  t.true((second?.validation?.elbo ?? 0) > (first?.validation?.elbo ?? 0))
  t.like(run.progress, { epoch: 2, epochs: 2, step: 16, steps: 16 })
  t.is(run.state, 'completed')
  t.like(vae.trained, { dataset: 'digits', step: 16, epoch: 2 })
  t.like(vae.config, { latentDim: 2, hiddenDims: [32], likelihood: 'bernoulli' })
  t.is(vae.parameters, 784 * 32 + 32 + 2 * (32 * 2 + 2) + 2 * 32 + 32 + 32 * 784 + 784)
})

test('every step that no consumer received is counted', async (t) => {
  const run = trainVae(digits.train, { ...small, batchSize: 8, epochs: 4 })
  let steps = 0
  for await (const event of run.events('step')) steps += 1 + event.coalesced
  t.is(steps, 256)
})

test('the start says what is trained, and on what', async (t) => {
  const run = trainVae(digits.train, { ...small, beta: 4 })
  const start = await run.started
  t.like(start, {
    step: 0,
    effectiveBeta: 4,
    options: { beta: 4, latentDim: 2, batchSize: 64 },
    engine: { device: 'cpu', threads: 1 },
  })
  const { path, isa, reason, sparse } = start.engine
  if (path === 'fused') {
    t.true(['scalar', 'avx2', 'avx512', 'neon'].includes(isa ?? ''))
    // More than half of a digit is background.
    t.true(sparse)
    t.is(reason, undefined)
  } else t.truthy(reason)
  t.false('earlyStopping' in start.options)
  t.true((start.floor ?? 0) > 0 && start.ceiling > (start.floor ?? 0))
  await run
})

test('bad options throw at once, with the path of the option', (t) => {
  const refuse = (options: object, message: RegExp, option: string) => {
    const error = t.throws<VaeError>(() => trainVae(digits.train, options), { code: 'ERR_VAE_OPTION', message })
    t.is(error?.option, option)
  }
  refuse({ latentdim: 8 }, /did you mean `latentDim`/, 'latentdim')
  refuse({ latentDim: 0 }, /^latentDim: expected /, 'latentDim')
  refuse({ adam: { beta1: 1 } }, /^adam\.beta1: expected /, 'adam.beta1')
  refuse({ likelihood: 'poisson' }, /^likelihood: expected .*bernoulli/, 'likelihood')
  refuse({ posterior: 'deterministic', estimator: { type: 'reparameterization' } }, /estimator/, 'estimator')
  refuse({ validation: 'some' }, /^validation: expected /, 'validation')
  refuse({ validation: new Date() }, /^validation: expected a data set or a tensor, got a Date/, 'validation')
  refuse({ signal: 'stop' }, /^signal: expected an AbortSignal/, 'signal')
  refuse({ resume: true }, /^resume: expected a run folder/, 'resume')
  t.throws(() => trainVae('digits' as never), { code: 'ERR_VAE_OPTION', message: /^data: expected a data set/ })
  t.throws(() => trainVae(digits.train, { device: 'cuda' } as object), { code: 'ERR_VAE_DEVICE' })
})

test('data that the likelihood cannot explain are refused with the first value', (t) => {
  const wrong = datasets.fromArray([
    [0, 0.5],
    [0.5, 3],
  ])
  const error = t.throws<VaeError>(() => trainVae(wrong), { code: 'ERR_VAE_DATA_RANGE' })
  t.is(error?.index, 1)
  t.truthy(error?.remedy)
})

test('a tensor is data too, and gaussian data need not lie in [0, 1]', async (t) => {
  const data = Float32Array.from({ length: 400 }, (_, i) => 3 * Math.sin(i))
  const vae = await trainVae(
    { data, shape: [100, 4] },
    { ...small, likelihood: { type: 'gaussian', variance: 'learned' } },
  )
  t.deepEqual(vae.shape, [4])
  t.true((vae.variance ?? 0) > 0)
})

test('a learning rate follows its schedule, and is set to another on the way', async (t) => {
  const learningRate = { type: 'linear', from: 0, to: 0.01, epochs: 1 } as const
  const run = trainVae(digits.train, { ...small, epochs: 10_000, learningRate, adam: { weightDecay: 0.01 } })
  t.like(await run.started, { options: { learningRate, adam: { weightDecay: 0.01 } } })
  await run.pause()
  const cosine = { type: 'cosine', from: 0.002, to: 0.001, epochs: 2 } as const
  t.like(await run.setLearningRate(cosine), { name: 'learningRate', to: 0.002, rule: cosine })
  const steps = run.events('step')[Symbol.asyncIterator]()
  const { step } = await run.step()
  const { value: event } = await steps.next()
  t.like(event, { step, learningRate: 0.002 })
  await t.throwsAsync(run.setLearningRate({ ...cosine, to: -1 }), {
    code: 'ERR_VAE_OPTION',
    message: 'learningRate.to: expected a number from 0 up, got -1.',
  })
  const fixed = await run.setLearningRate(0.003)
  t.is(fixed.to, 0.003)
  t.is(fixed.rule, undefined)
  await run.stop()
})

test('controls take effect at a step, and are part of the story', async (t) => {
  const run = trainVae(digits.train, { ...small, epochs: 1_000_000, validation: 0.1 })
  await run.started
  const paused = await run.pause()
  t.is(run.state, 'paused')
  const beta = await run.setBeta(5)
  t.like(beta, { name: 'beta', from: 1, to: 5, by: 'api', step: paused.step })
  t.like(await run.setLearningRate(0.01), { name: 'learningRate', from: 0.001, to: 0.01 })
  await t.throwsAsync(run.setBeta(-1), { code: 'ERR_VAE_OPTION', message: /^beta: expected / })
  for (let i = 1; i <= 3; i++) {
    t.like(await run.step(), { name: 'step', step: paused.step + i, by: 'api' })
    t.is(run.state, 'paused')
  }
  t.is(run.progress.step, paused.step + 3)
  await run.resume()
  t.is(run.state, 'running')
  const vae = await run.stop()
  t.is(run.state, 'stopped')
  t.true(vae.trained.step >= paused.step)
  t.is(vae.trained.beta, 5)
  t.is((await vae.evaluate(digits.test)).beta, 5)
  await t.throwsAsync(run.pause(), { code: 'ERR_VAE_ENDED' })
  t.is(await run, vae)
})

test('a signal ends a run with its reason, before it starts and while it runs', async (t) => {
  const reason = new Error('enough')
  const early = trainVae(digits.train, { ...small, signal: AbortSignal.abort(reason) })
  await t.throwsAsync(early, { is: reason })
  const controller = new AbortController()
  const run = trainVae(digits.train, { ...small, epochs: 1_000_000, signal: controller.signal })
  await run.started
  controller.abort(reason)
  await t.throwsAsync(run, { is: reason })
  t.is(run.state, 'aborted')
})

test('await using stops a run', async (t) => {
  let kept: ReturnType<typeof trainVae>
  {
    await using run = trainVae(digits.train, { ...small, epochs: 1_000_000 })
    kept = run
    await run.started
  }
  t.is(kept.state, 'stopped')
})

test('a loss that is not finite ends the run as diverged, and the last good model is kept', async (t) => {
  const run = trainVae(digits.train, { ...small, learningRate: 1e30, epochs: 100 })
  const error = await t.throwsAsync<VaeError>(run, { code: 'ERR_VAE_DIVERGED' })
  t.is(run.state, 'diverged')
  const good = await error?.lastGood?.sample(1)
  t.true(good?.data.every(Number.isFinite))
})

test('a run that is stopped and resumed ends as one that never was', async (t) => {
  const folder = await temporaryFolder(t)
  const options = { ...small, epochs: 6, validation: digits.test, probe: false } as const
  const whole = trainVae(digits.train, { ...options, out: join(folder, 'whole') })
  const reference = await whole
  const out = join(folder, 'parts')
  const begun = trainVae(digits.train, { ...options, out, resume: true })
  for await (const { step } of begun.events('step')) if (step > 10) break
  await begun.stop()
  const resumed = trainVae(digits.train, { ...options, out, resume: true })
  const start = await resumed.started
  t.is(start.resumedFrom, start.step)
  const vae = await resumed
  const losses = (run: typeof whole) => run.history.map(({ train }) => train.loss)
  t.deepEqual(losses(resumed), losses(whole))
  t.deepEqual(await vae.sample(3), await reference.sample(3))
  const record = await readFile(join(out, 'metrics.jsonl'), 'utf8')
  t.is(record.match(/"type":"epoch"/g)?.length, 6)
})

test('a fork goes on as the run would have, or with another beta, and leaves that run alone', async (t) => {
  const folder = await temporaryFolder(t)
  const options = { ...small, latentDim: 3, epochs: 4, validation: digits.test, probe: false } as const
  const of = join(folder, 'of')
  // Paused at its first step or, on a busy machine, later: `step` is where the fork begins.
  const run = trainVae(digits.train, { ...options, epochs: 1_000_000, out: of })
  let { step } = await run.step()
  while (step < 13) step = (await run.step()).step
  const epochs = Math.ceil(step / 8) + 2
  await run.stop()
  const model = (out: string) => readFile(join(out, 'model.safetensors'))
  const [before, stopped] = await Promise.all([readFile(join(of, 'metrics.jsonl')), model(of)])

  const same = trainVae(digits.train, { fork: of, out: join(folder, 'same'), validation: digits.test, epochs })
  t.like(await same.started, { step, resumedFrom: step, forkedFrom: of, options: { latentDim: 3, batchSize: 64 } })
  await same
  t.is(same.history.length, epochs)
  const other = trainVae(digits.train, {
    fork: of,
    out: join(folder, 'other'),
    validation: digits.test,
    epochs,
    beta: 3,
  })
  const controls: unknown[] = []
  for await (const { name, from, to, ...at } of other.events('control'))
    controls.push({ step: at.step, name, from, to })
  t.deepEqual(controls, [{ step, name: 'beta', from: 1, to: 3 }])
  t.is((await other).trained.beta, 3)
  const record = JSON.parse(await readFile(join(folder, 'other/run.json'), 'utf8'))
  t.deepEqual([record.fork, record.options.beta], [{ of, step }, 3])

  t.deepEqual(await readFile(join(of, 'metrics.jsonl')), before)
  t.deepEqual(await model(of), stopped)
  await trainVae(digits.train, { ...options, epochs, out: of, resume: true })
  t.deepEqual(await model(join(folder, 'same')), await model(of))
  t.notDeepEqual(await model(join(folder, 'other')), await model(of))

  const refuse = (more: object, message: RegExp) =>
    t.throws(() => trainVae(digits.train, { fork: of, validation: digits.test, ...more }), { message })
  refuse({}, /^fork: expected a folder for the new run, got no `out`/)
  refuse({ out: of }, /^out: expected a folder without a run/)
  refuse({ out: join(folder, 'new'), latentDim: 4 }, /^latentDim: .*the run to fork was started with another option/)
})

test('one run at a time trains in a folder', async (t) => {
  const out = join(await temporaryFolder(t), 'run')
  const options = { ...small, epochs: 1_000_000, out, resume: true } as const
  const run = trainVae(digits.train, options)
  t.teardown(() => run.stop())
  const error = t.throws<VaeError>(() => trainVae(digits.train, options), { code: 'ERR_VAE_OPTION' })
  t.is(error?.option, 'out')
  t.true(error?.message.includes(`in use by process ${process.pid} on ${hostname()}`), error?.message)
  await run.stop()
  await trainVae(digits.train, options).stop()
})

test('a checkpoint is written on request, and refused in words', async (t) => {
  const folder = await temporaryFolder(t)
  const run = trainVae(digits.train, { ...small, epochs: 1_000_000 })
  const path = join(folder, 'now.safetensors')
  t.is((await run.checkpoint(path)).path, path)
  t.true((await readFile(path)).length > 0)
  await t.throwsAsync(run.checkpoint(), { message: /no folder/ })
  await t.throwsAsync(run.checkpoint(join(path, 'below.safetensors')), { code: 'ERR_VAE_IO' })
  await run.stop()
})

test('several runs at once, the same seed, the same model', async (t) => {
  const [one, two, other] = await Promise.all([
    trainVae(digits.train, small),
    trainVae(digits.train, { ...small, threads: 2 }),
    trainVae(digits.train, { ...small, seed: 2 }),
  ])
  const sample = async (vae: typeof one) => (await vae.sample(2, { seed: 1 })).data
  t.deepEqual(await sample(one), await sample(two))
  t.notDeepEqual(await sample(one), await sample(other))
})

test('the best epoch is kept, and training ends when nothing improves', async (t) => {
  const options = { ...small, epochs: 200, learningRate: 0.02, validation: digits.test } as const
  const run = trainVae(digits.train.slice(0, 64), { ...options, keep: 'best', earlyStopping: { patience: 3 } })
  const vae = await run
  t.true(run.history.length < 200)
  const best = Math.min(...run.history.map(({ validation }) => validation?.loss ?? Number.NaN))
  t.is(vae.trained.validation?.loss, best)
})

test('the event loop stays free while a run trains', async (t) => {
  const run = trainVae(digits.train, { hiddenDims: [400], epochs: 1_000_000 })
  await run.started
  // If training blocked the loop, it would not tick at all, because this training has no end.
  await new Promise<void>((resolve) => {
    let ticks = 0
    const timer = setInterval(() => {
      ticks += 1
      if (ticks < 20 || run.progress.step === 0) return
      clearInterval(timer)
      resolve()
    }, 10)
  })
  t.is(run.state, 'running')
  await run.stop()
})
