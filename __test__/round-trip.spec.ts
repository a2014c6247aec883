// Training and everything after it, through the public API, on the real engine.
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import {
  type Dataset,
  datasets,
  loadVae,
  rows,
  type Tensor,
  type TrainingEvent,
  type TrainOptions,
  toAnsi,
  toGrid,
  toPng,
  trainVae,
  VaeError,
} from '../index.js'

const digits = await datasets.load('digits')
const train = digits.train.slice(0, 600)
const validation = digits.test.slice(0, 200)
/** 10 fast steps per epoch. */
const small = { hiddenDims: [32], epochs: 3, batchSize: 60, learningRate: 3e-3, threads: 1 } as const
/** Options of a run that ends only on request. */
const endless = { ...small, epochs: 1_000_000, probe: false } as const

function folder(t: ExecutionContext): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'vae-native-train-')))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function nameOf(error: unknown): string {
  return (error as Error).name
}

async function all(events: AsyncIterable<TrainingEvent>): Promise<TrainingEvent[]> {
  const seen: TrainingEvent[] = []
  for await (const event of events) seen.push(event)
  return seen
}

test('a run emits its events in order, and resolves to a model that has learned', async (t) => {
  const run = trainVae(train, { ...small, validation })
  t.is(run.state, 'starting')
  const events = await all(run)
  const vae = await run
  const types = events.map(({ type }) => type).filter((type) => type !== 'step' && type !== 'warning')
  t.is(types[0], 'start')
  t.is(types.at(-1), 'end')
  t.is(types.filter((type) => type === 'epoch').length, 3)
  t.true(types.lastIndexOf('probe') > types.indexOf('epoch'))
  const steps = events.map(({ step }) => step)
  t.deepEqual(
    steps,
    steps.toSorted((a, b) => a - b),
  )
  const seen = events.flatMap((event) => (event.type === 'step' ? [event.coalesced + 1] : []))
  t.is(
    seen.reduce((a, b) => a + b, 0),
    30,
  )
  t.is(run.state, 'completed')
  t.like(run.progress, { epoch: 3, epochs: 3, step: 30, steps: 30 })
  t.deepEqual(
    run.history,
    events.filter((event) => event.type === 'epoch'),
  )
  const [first, , last] = run.history
  t.true((last?.validation?.loss ?? Number.NaN) < (first?.validation?.loss ?? Number.NaN))
  t.like(vae.trained, { dataset: 'digits', step: 30, epoch: 3 })
  const { elbo, n, klPerDimension } = await vae.evaluate(validation)
  t.is(n, 200)
  t.is(klPerDimension.length, 2)
  t.true(Math.abs(elbo - (last?.validation?.elbo ?? Number.NaN)) < 1e-6)
})

test('the same seed gives the same bits, on one thread or on two', async (t) => {
  const bits = async (options: TrainOptions) => (await (await trainVae(train, { ...small, ...options })).sample(3)).data
  const once = await bits({})
  t.deepEqual(await bits({}), once)
  t.deepEqual(await bits({ threads: 2 }), once)
  t.notDeepEqual(await bits({ seed: 2 }), once)
})

test('a probe shows latents with labels, reconstructions and samples', async (t) => {
  const run = trainVae(train, { ...small, epochs: 1, probe: { examples: 50 } })
  const [probe] = (await all(run.events('probe'))) as Extract<TrainingEvent, { type: 'probe' }>[]
  t.deepEqual(probe?.latents.shape, [50, 2])
  t.deepEqual(probe?.labels, train.labels?.slice(0, 50))
  t.deepEqual(probe?.reconstructions.shape, [16, 28, 28])
  t.deepEqual(probe?.samples.shape, [16, 28, 28])
  t.true(probe?.samples.data.every((value) => value >= 0 && value <= 1))
  t.deepEqual(await all(trainVae(train, { ...small, epochs: 1, probe: false }).events('probe')), [])
})

test('controls resolve with the step at which they took effect', async (t) => {
  const path = folder(t)
  const run = trainVae(train, { ...endless, beta: 1 })
  await run.started
  const paused = await run.pause()
  t.is(paused.name, 'pause')
  t.is(run.state, 'paused')
  const { step } = run.progress
  // A paused run stays at its step.
  for (let i = 0; i < 5; i++) t.is((await run.pause()).step, step)
  t.is(run.progress.step, step)
  t.is(paused.step, step)
  t.like(await run.setBeta(4), { name: 'beta', from: 1, to: 4, step, by: 'api' })
  t.like(await run.setLearningRate(1e-4), { name: 'learningRate', from: 3e-3, to: 1e-4, step })
  t.deepEqual(await run.checkpoint(join(path, 'now.safetensors')), { path: join(path, 'now.safetensors'), step })
  t.is((await run.resume()).step, step)
  t.is(run.state, 'running')
  for await (const event of run.events('step')) {
    if (event.step <= step) continue
    t.is(event.train.beta, 4)
    break
  }
  const vae = await run.stop()
  t.is(vae, await run)
  t.is(run.state, 'stopped')
  t.true(vae.trained.step > step)
  t.is((await loadVae(join(path, 'now.safetensors'))).trained.step, step)
  await t.throwsAsync(run.setBeta(1), { code: 'ERR_VAE_ENDED' })
})

test('leaving the scope of a run stops it', async (t) => {
  let outlived: ReturnType<typeof trainVae>
  {
    await using run = trainVae(train, endless)
    await run.started
    outlived = run
  }
  t.is(outlived.state, 'stopped')
})

test('a signal ends the run with its own reason', async (t) => {
  const controller = new AbortController()
  const run = trainVae(train, { ...endless, signal: controller.signal })
  const events = all(run)
  await run.started
  const reason = new Error('changed my mind')
  controller.abort(reason)
  await t.throwsAsync(run, { is: reason })
  await t.throwsAsync(events, { is: reason })
  t.is(run.state, 'aborted')
})

test('AbortSignal.timeout ends the run as a timeout', async (t) => {
  const run = trainVae(train, { ...endless, signal: AbortSignal.timeout(50) })
  t.is(await t.throwsAsync(run, { any: true }).then(nameOf), 'TimeoutError')
})

test('a signal that was aborted before starts nothing and writes nothing', async (t) => {
  const path = folder(t)
  const run = trainVae(train, { ...endless, out: join(path, 'run'), signal: AbortSignal.abort() })
  t.is(await t.throwsAsync(run, { any: true }).then(nameOf), 'AbortError')
  t.deepEqual(readdirSync(path), [])
})

test('a signal stops a call of a model', async (t) => {
  const vae = await trainVae(train, small)
  const reason = new Error('enough')
  const controller = new AbortController()
  const bound = vae.logLikelihood(digits.test, { samples: 1_000_000, signal: controller.signal })
  setTimeout(() => controller.abort(reason), 30)
  await t.throwsAsync(bound, { is: reason })
  t.is((await vae.sample(1)).shape[0], 1)
})

test('early stopping ends a run that no longer gets better, and the best epoch is kept', async (t) => {
  const options = { ...small, epochs: 200, learningRate: 0.03, earlyStopping: { patience: 3 }, keep: 'best' } as const
  const run = trainVae(train.slice(0, 120), { ...options, validation })
  const vae = await run
  t.is(run.state, 'completed')
  const { history } = run
  t.true(history.length < 200)
  const losses = history.map((epoch) => epoch.validation?.loss ?? Number.NaN)
  const best = losses.indexOf(Math.min(...losses)) + 1
  t.is(history.length, best + 3)
  t.deepEqual(history.filter((epoch) => epoch.best).at(-1)?.epoch, best)
  t.is(vae.trained.epoch, best)
  t.true(Math.abs((await vae.evaluate(validation)).loss - Math.min(...losses)) < 1e-6)
})

test('a part of the data can be held back for validation', async (t) => {
  const run = trainVae(train, { ...small, epochs: 1, validation: 0.25 })
  const vae = await run
  t.is(run.history[0]?.validation?.n, 150)
  t.is(vae.data.n, 450)
  const counted = trainVae(train, { ...small, epochs: 1, validation: 150 })
  await counted
  t.is(counted.history[0]?.validation?.loss, run.history[0]?.validation?.loss)
})

test('several runs train at once and do not interfere', async (t) => {
  const alone = await (await trainVae(train, { ...small, beta: 2 })).evaluate(validation)
  const models = await Promise.all([1, 2, 4].map((beta) => trainVae(train, { ...small, beta })))
  const losses = await Promise.all(models.map((vae) => vae.evaluate(validation)))
  t.is(losses[1]?.loss, alone.loss)
  t.is(new Set(losses.map(({ loss }) => loss)).size, 3)
})

test('a run folder is continued as if it had never stopped, and resuming twice changes nothing', async (t) => {
  const path = folder(t)
  const [whole, parts] = [join(path, 'whole'), join(path, 'parts')]
  await trainVae(train, { ...small, validation, out: whole })
  const first = trainVae(train, { ...small, validation, out: parts })
  await first.started
  await first.stop()
  const resume = { ...small, validation, out: parts, resume: true }
  const second = trainVae(train, resume)
  const { resumedFrom } = await second.started
  t.is(resumedFrom, (await first).trained.step)
  await second
  t.is(second.history.length, 3)
  const third = trainVae(train, resume)
  await third
  t.like(third.progress, { step: 30 })
  for (const name of ['model.safetensors', 'metrics.jsonl', 'run.json']) {
    t.deepEqual(withoutTimes(join(parts, name)), withoutTimes(join(whole, name)), name)
  }
  const expected = ['.lock', 'checkpoint.safetensors', 'metrics.jsonl', 'model.safetensors', 'probes', 'run.json']
  t.deepEqual(readdirSync(parts).sort(), expected)
})

/** Content of a file without times and paths. */
function withoutTimes(path: string): Buffer | string {
  const bytes = readFileSync(path)
  if (path.endsWith('.safetensors')) return bytes
  return bytes.toString().replace(/"(seconds|examplesPerSecond|model)":[^,}]+/g, '"$1":0')
}

test('a run continues for longer than it was started for', async (t) => {
  const out = join(folder(t), 'run')
  await trainVae(train, { ...small, out })
  const longer = trainVae(train, { ...small, out, epochs: 5, resume: true })
  t.is((await longer).trained.epoch, 5)
  t.deepEqual(
    longer.history.map(({ epoch }) => epoch),
    [1, 2, 3, 4, 5],
  )
})

test('every use of a model, and the same bits from a loaded one', async (t) => {
  const path = join(folder(t), 'deep', 'model.safetensors')
  const vae = await trainVae(train, { ...small, validation })
  await vae.save(path)
  using loaded = await loadVae(path)
  const some = validation.slice(0, 20)
  const uses = async (model: typeof vae | typeof loaded) => ({
    encode: await model.encode(some),
    decode: await model.decode([
      [0, 0],
      [1, -1],
    ]),
    logits: await model.decode({ data: Float32Array.of(0, 0), shape: [1, 2] }, { output: 'logits' }),
    drawn: await model.decode([[0, 0]], { output: 'sample', seed: 3 }),
    reconstruct: await model.reconstruct(some),
    resampled: await model.reconstruct(some, { latent: 'sample', seed: 3 }),
    sample: await model.sample(4, { mean: [1, -1], standardDeviation: 0.5, seed: 3 }),
    interpolate: await model.interpolate(some.slice(0, 2), some.slice(2, 4), { steps: 5 }),
    evaluate: await model.evaluate(some),
    logLikelihood: await model.logLikelihood(some, { samples: 16 }),
    score: await model.score(some, { by: 'elbo', map: true }),
    config: model.config,
    trained: model.trained,
    preprocessing: model.preprocessing,
  })
  const before = await uses(vae)
  t.deepEqual(await uses(loaded), before)
  t.deepEqual(before.encode.mean.shape, [20, 2])
  t.deepEqual((before.encode as { logVar?: Tensor }).logVar?.shape, [20, 2])
  t.deepEqual(before.decode.shape, [2, 28, 28])
  t.deepEqual(before.reconstruct.shape, [20, 28, 28])
  t.deepEqual(before.sample.shape, [4, 28, 28])
  t.deepEqual(before.interpolate.shape, [2, 5, 28, 28])
  t.deepEqual(before.score.map?.shape, [20, 28, 28])
  t.true(before.drawn.data.every((value) => value === 0 || value === 1))
  t.true(before.logits.data.some((value) => value < 0))
  t.true(before.logLikelihood.perExample.every((value) => value < 0))
  // The ends of an interpolation are the reconstructions of its two examples.
  const [start] = rows({ data: before.interpolate.data, shape: [10, 784] })
  const [own] = rows(before.reconstruct)
  t.true(start?.every((value, i) => Math.abs(value - (own?.[i] ?? Number.NaN)) < 1e-6))
})

test('a disposed model finishes what it began and refuses the rest', async (t) => {
  const vae = await trainVae(train, small)
  const underway = vae.encode(validation)
  vae.dispose()
  vae.dispose()
  t.deepEqual((await underway).mean.shape, [200, 2])
  await t.throwsAsync(vae.sample(1), { code: 'ERR_VAE_DISPOSED' })
})

test('a model trained on bytes takes floats, PNG bytes and files of the same picture alike', async (t) => {
  const vae = await trainVae(train, small)
  const one = validation.slice(0, 1)
  const picture = one.toTensor()
  const png = toPng(picture)
  const file = join(folder(t), 'digit.png')
  writeFileSync(file, png)
  const { mean } = await vae.encode(one)
  const alike = [picture, picture.data, { encoded: png }, [{ file }], await datasets.open(file)]
  const raw = Uint8Array.from(picture.data, (value) => Math.round(255 * value))
  for (const x of [...alike, { raw, width: 28, height: 28, channels: 1 as const }]) {
    t.deepEqual((await vae.encode(x)).mean, mean)
  }
  // A picture of another size and in colour is converted to the model's shape.
  const sized = await trainVae(
    await datasets.fromImages([{ encoded: toPng(train.slice(0, 1).toTensor()) }], { size: 14 }),
    { ...small, batchSize: 1 },
  )
  const coloured: Tensor = { data: new Float32Array(40 * 30 * 3).fill(0.5), shape: [40, 30, 3] }
  t.deepEqual((await sized.reconstruct({ encoded: toPng(coloured) })).shape, [1, 14, 14])
})

test('scaling is learned from the training data and replayed', async (t) => {
  const grey = datasets.fromArray(
    Float32Array.from({ length: 40 * 4 }, (_, i) => i % 100),
    { shape: [4], scale: 'unit' },
  )
  const vae = await trainVae(grey, { ...small, batchSize: 10 })
  const { data, range } = await vae.reconstruct(Float32Array.of(0, 33, 66, 99))
  t.true(data.every((value) => value >= 0 && value <= 99) && data.some((value) => value > 1))
  t.deepEqual(range, [0, 99])
  // A value beyond the range of the training data counts as its end.
  t.deepEqual(await vae.encode(Float32Array.of(0, 33, 66, 500)), await vae.encode(Float32Array.of(0, 33, 66, 99)))
  await t.throwsAsync(vae.encode(Float32Array.of(0, 33, 66, Number.NaN)), { code: 'ERR_VAE_DATA_RANGE' })
})

test('an autoencoder without a distribution', async (t) => {
  const vae = await trainVae(train, { ...small, posterior: 'deterministic', likelihood: 'squared-error' })
  const encoding = await vae.encode(validation)
  t.is(encoding.posterior, 'deterministic')
  t.false('logVar' in encoding)
  t.is((await vae.evaluate(validation)).kl, 0)
  await t.throwsAsync(vae.logLikelihood(validation, { samples: 4 }), { code: 'ERR_VAE_OPTION' })
})

test('pictures of what a model makes', async (t) => {
  const vae = await trainVae(train, { ...small, epochs: 1 })
  const samples = await vae.sample(6)
  t.deepEqual(toGrid(samples, { columns: 3 }).shape, [57, 86, 1])
  const [again] = [await datasets.fromImages([{ encoded: toPng(samples, { columns: 3 }) }])]
  t.deepEqual((again as Dataset).shape, [57, 86])
  t.is(toAnsi(samples, { columns: 3 }).split('\n').length, 30)
})

test('a run that diverges keeps the last good model', async (t) => {
  const run = trainVae(train, { ...small, learningRate: 1e30 })
  const error = await t.throwsAsync<VaeError>(run, { instanceOf: VaeError, code: 'ERR_VAE_DIVERGED' })
  t.true((await error?.lastGood?.sample(1))?.data.every(Number.isFinite))
})

test('the package loads with require', async (t) => {
  if (!(process.features as { require_module?: unknown }).require_module) {
    t.log('SKIPPED: this Node cannot require an ES module')
    t.pass()
    return
  }
  const body = `
    const { datasets, trainVae, toPng } = require('vae-native')
    datasets.load('digits').then(async ({ train }) => {
      const vae = await trainVae(train.slice(0, 100), { epochs: 1, hiddenDims: [8] })
      console.log(toPng(await vae.sample(4)).length > 100)
    })`
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=commonjs', '--eval', body])
  t.is(stdout, 'true\n')
  t.false(/error/i.test(stderr), stderr)
})
