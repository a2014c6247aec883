// Tests for a machine with a GPU: `npm run test:cuda`. Needs only the built files and Node: no Rust, no package, no
// network. A GPU run must give the results of a CPU run, so most tests compare the two.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { bench, datasets, getBackends, loadVae, trainVae } from '../../dist/index.js'

const { cuda } = getBackends()
const folder = mkdtempSync(join(tmpdir(), 'vae-native-cuda-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('CUDA works here', () => assert.ok(cuda.available, `${cuda.reason}; ${cuda.remedy ?? ''}`))
if (!cuda.available) process.exit(1)
console.log(`# ${cuda.gpu.name}, compute capability ${cuda.gpu.computeCapability}`)

/** True on the emulated GPU (.ci/host-gpu.mjs), which can fail on request and has only our kernels. */
const isHost = cuda.gpu.name === 'Host'
const host = isHost && 'candle has no kernels for the host'

const index = new URL('../../dist/index.js', import.meta.url).href
const digits = (await datasets.load('digits')).train
const small = { hiddenDims: [37, 20], latentDim: 3, batchSize: 48, epochs: 2, probe: false, threads: 1 }
const bytes = digits.slice(0, 500)
/** Floats of five columns, some far from 0. */
const table = (options) =>
  datasets.fromArray(
    Float32Array.from({ length: 300 * 5 }, (_, i) => Math.sin(i * 0.37) * (1 + (i % 5)) + (i % 5)),
    { shape: [5], ...options },
  )

/** Everything that can differ between two runs: the losses of each epoch, and the outputs of the model. */
async function everything(data, options) {
  const validation = data.slice(0, 90)
  const run = trainVae(data, { ...small, validation, ...options })
  const found = { losses: [], bits: [] }
  for await (const event of run.events('start', 'epoch')) {
    if (event.type === 'start') found.engine = event.engine
    else found.losses.push(...numbers(event.train), ...(event.validation ? numbers(event.validation) : []))
  }
  const vae = await run
  const part = data.slice(0, 40)
  const { mean, logVar } = await vae.encode(part)
  const outputs = [mean.data, logVar?.data ?? new Float32Array(), (await vae.sample(5, { seed: 3 })).data]
  outputs.push((await vae.reconstruct(part)).data)
  if (logVar) found.losses.push((await vae.logLikelihood(part.slice(0, 3), { samples: 1500 })).mean)
  found.bits = outputs.map((data) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'))
  found.outputs = outputs
  vae.dispose()
  return found
}

const numbers = ({ loss, reconstruction, kl }) => [loss, reconstruction, kl]

/** Asserts that both runs agree: losses to 1e-5, outputs to 1e-4; reports if the bits differ. */
function assertSame(t, found, expected) {
  for (const [i, loss] of found.losses.entries()) close(loss, expected.losses[i], 1e-5, `loss ${i}`)
  for (const [i, output] of found.outputs.entries()) {
    assert.equal(output.length, expected.outputs[i].length)
    for (const [j, number] of output.entries()) close(number, expected.outputs[i][j], 1e-4, `output ${i}, ${j}`)
  }
  if (found.bits.some((bits, i) => bits !== expected.bits[i])) t.diagnostic('not the same bits')
}

function close(found, expected, tolerance, what) {
  const error = Math.abs(found - expected) / Math.max(1, Math.abs(expected))
  assert.ok(error <= tolerance, `${what}: ${found} is not ${expected}`)
}

const runs = {
  'bernoulli, relu': [bytes, {}],
  'bernoulli, tanh, three draws': [
    bytes,
    { activation: 'tanh', estimator: { type: 'reparameterization', samples: 3 } },
  ],
  'squared error, softplus': [bytes, { likelihood: 'squared-error', activation: 'softplus' }],
  'gaussian, learned variance, silu': [
    bytes,
    { likelihood: { type: 'gaussian', variance: 'learned' }, activation: 'silu' },
  ],
  'no hidden layer': [bytes, { hiddenDims: [] }],
  laplace: [bytes, { posterior: 'laplace', estimator: { type: 'reparameterization', samples: 2 } }],
  'uniform, a prior elsewhere': [bytes, { posterior: 'uniform', prior: { low: -1, high: 4 } }],
  'KL of the draws': [
    bytes,
    { prior: { location: 1, scale: 2 }, estimator: { type: 'reparameterization', samples: 2, kl: 'monte-carlo' } },
  ],
  'β by a schedule': [bytes, { beta: { type: 'linear', from: 0, to: 4, epochs: 1.5 } }],
  'β by a constraint': [bytes, { beta: { type: 'target-kl', nats: 3 } }],
  'vanilla autoencoder': [bytes, { posterior: 'deterministic' }],
  'one large batch, two hidden layers, large latent': [bytes, { batchSize: 4096, hiddenDims: [64, 65], latentDim: 70 }],
  floats: [table({}), { likelihood: 'gaussian' }],
  'floats, standardized': [table({ scale: 'standardize' }), { likelihood: 'gaussian' }],
  'bytes, standardized': [
    datasets.fromArray(
      Uint8Array.from({ length: 300 * 5 }, (_, i) => (i * i * 31) % 256),
      { shape: [5], scale: 'standardize' },
    ),
    { likelihood: 'gaussian' },
  ],
  'bits from a half up': [rebinarized('threshold'), {}],
  'bits redrawn': [rebinarized('dynamic'), {}],
  'one example': [bytes.slice(0, 1), { validation: undefined, batchSize: 1 }],
}

function rebinarized(binarize) {
  const pixels = Uint8Array.from({ length: 200 * 25 }, (_, i) => (i * i * 7) % 256)
  return datasets.fromArray(pixels, { shape: [5, 5], binarize })
}

for (const [name, [data, options]] of Object.entries(runs)) {
  test(`a run equals that on the CPU: ${name}`, async (t) => {
    const expected = await everything(data, { ...options, device: 'cpu' })
    const found = await everything(data, { ...options, device: 'cuda' })
    assert.equal(expected.engine.device, 'cpu')
    assert.deepEqual([found.engine.device, found.engine.path, found.engine.gpu], ['cuda', 'fused', cuda.gpu.name])
    assertSame(t, found, expected)
  })
}

/** Program that trains on the GPU and prints a digest of the final model. */
const digest = `
  import { createHash } from 'node:crypto'
  import { datasets, trainVae } from ${JSON.stringify(index)}
  const { train } = await datasets.load('digits')
  const options = ${JSON.stringify({ ...small, device: 'cuda', epochs: 3 })}
  const vae = await trainVae(train.slice(0, 2000), options)
  const z = { data: new Float32Array(30).map((_, i) => Math.sin(i)), shape: [10, 3] }
  const { data } = await vae.decode(z)
  process.stdout.write(createHash('sha256').update(data).digest('hex'))`

function runProgram(program, env = {}) {
  const node = ['--input-type=module', '--eval', program]
  return spawnSync(process.execPath, node, { encoding: 'utf8', env: { ...process.env, ...env } })
}

test('graphs of many steps give the bits of steps launched one by one', () => {
  const graphs = runProgram(digest)
  const singly = runProgram(digest, { VAE_NATIVE_CUDA_GRAPHS: 'off' })
  assert.match(graphs.stdout, /^[0-9a-f]{64}$/, graphs.stderr)
  assert.equal(graphs.stdout, singly.stdout, singly.stderr)
})

test('tf32 learns what f32 does, to its precision, and says so', async () => {
  const [exact, rounded] = await Promise.all(
    ['f32', 'tf32'].map((precision) => everything(bytes, { device: 'cuda', precision })),
  )
  assert.deepEqual([exact.engine.precision, rounded.engine.precision], ['f32', 'tf32'])
  assert.notDeepEqual(rounded.losses, exact.losses)
  for (const [i, loss] of rounded.losses.entries()) close(loss, exact.losses[i], 0.01, `loss ${i}`)
  const speed = await bench(bytes, { device: 'cuda', precision: 'tf32', steps: 5 })
  assert.equal(speed.precision, 'tf32')
})

test('β and the learning rate are turned while it trains', async () => {
  const turnControls = async (device) => {
    const run = trainVae(bytes, { ...small, epochs: 400, device, beta: 4 })
    const control = await run.setBeta(0)
    await run.setLearningRate(1e-4)
    const { step } = run.progress
    await run.stop()
    return { step, control, model: await run }
  }
  const { step } = await turnControls('cuda')
  assert.ok(step > 0)
})

test('a paused run takes one step at a time, and ends like one that was never paused', async () => {
  const stepByStep = async () => {
    const run = trainVae(bytes, { ...small, device: 'cuda' })
    const { step: paused } = await run.pause()
    for (let i = 1; i <= 4; i++) {
      const { name, step } = await run.step()
      assert.deepEqual({ name, step, state: run.state }, { name: 'step', step: paused + i, state: 'paused' })
      assert.equal(run.progress.step, step)
    }
    await run.resume()
    return await run
  }
  const bits = async (vae) => (await vae.encode(bytes)).mean.data
  assert.deepEqual(await bits(await stepByStep()), await bits(await trainVae(bytes, { ...small, device: 'cuda' })))
})

test('a run that is resumed ends as one that was not, on whatever device', async () => {
  const options = { ...small, epochs: 4 }
  const whole = await (await trainVae(bytes, { ...options, device: 'cuda' })).encode(bytes)
  for (const [first, then] of [
    ['cuda', 'cuda'],
    ['cpu', 'cuda'],
    ['cuda', 'cpu'],
  ]) {
    const out = join(folder, `${first}-${then}`)
    await trainVae(bytes, { ...options, epochs: 2, device: first, out })
    const vae = await trainVae(bytes, { ...options, device: then, out, resume: true })
    const { mean } = await vae.encode(bytes)
    for (const [i, number] of mean.data.entries())
      close(number, whole.mean.data[i], 1e-4, `${first}, ${then}: mean ${i}`)
  }
})

test('a model from a file computes on either device', async () => {
  const out = join(folder, 'file')
  await trainVae(bytes, { ...small, device: 'cuda', out })
  const [onGpu, onCpu] = await Promise.all(['cuda', 'cpu'].map((device) => loadVae(out, { device })))
  const [found, expected] = await Promise.all([onGpu, onCpu].map((vae) => vae.evaluate(bytes)))
  for (const name of ['loss', 'reconstruction', 'kl', 'standardError']) close(found[name], expected[name], 1e-5, name)
})

test('two runs at once share the GPU', async (t) => {
  const alone = await everything(bytes, { device: 'cuda' })
  for (const found of await Promise.all([1, 2].map(() => everything(bytes, { device: 'cuda' })))) {
    assertSame(t, found, alone)
  }
})

test('models trained in a batch each equal the same model trained alone', async () => {
  const of = (members) => bench(bytes, { hiddenDims: [37], latentDim: 3, steps: 70, device: 'cuda', members })
  const [three, one, alone] = [await of(3), await of(1), await of(undefined)]
  assert.equal(three.meanLosses.length, 3)
  assert.equal(new Set(three.meanLosses).size, 3)
  assert.equal(three.meanLosses[0], one.meanLoss)
  close(alone.meanLoss, one.meanLoss, 0.02, 'the mean loss') // its timed steps need not be the same ones
})

/** Runs that differ in all they may: β, its schedule, seed, η, epochs, validation, early stopping. */
const together = [
  { beta: 0, seed: 2 },
  { beta: { type: 'linear', from: 0, to: 4, epochs: 1.5 }, learningRate: 3e-3 },
  { epochs: 4, validation: undefined, adam: { beta1: 0.5 } },
  { epochs: 9, earlyStopping: { patience: 1, minDelta: 1e9 } },
]

test('runs that share their launches end as each would alone', async () => {
  const of = (members) => together.map((options) => everything(bytes, { ...options, members, device: 'cuda' }))
  const [alone, found] = [await Promise.all(of(undefined)), await Promise.all(of(4))]
  for (const [i, { losses, bits }] of found.entries()) {
    assert.deepEqual(losses, alone[i].losses, `losses ${i}`)
    assert.deepEqual(bits, alone[i].bits, `bits ${i}`)
  }
})

test('runs that share launches do not wait for a run that is paused, that fails, or that differs', async () => {
  const shared = { ...small, device: 'cuda', members: 3 }
  const alone = await trainVae(bytes, { ...small, device: 'cuda' })
  const bits = async (vae) => (await vae.encode(bytes)).mean.data
  const paused = trainVae(bytes, { ...shared, epochs: 1000, seed: 5 })
  await paused.pause()
  const failing = trainVae(bytes, { ...shared, learningRate: 1e38, epochs: 50 })
  const others = [
    trainVae(bytes, { ...shared, epochs: 2 }),
    trainVae(bytes, { ...shared, hiddenDims: [37] }),
    trainVae(bytes.slice(0, 400), shared),
  ]
  assert.equal((await failing.then(assert.fail, (error) => error)).code, 'ERR_VAE_DIVERGED')
  assert.deepEqual(await bits(await others[0]), await bits(alone))
  await Promise.all(others)
  assert.equal(paused.state, 'paused')
  await paused.step()
  await paused.stop()
})

test('the trials of a sweep are members of its launches', { skip: !isHost && 'a GPU counts no launches' }, () => {
  const launches = (jobs) => {
    const out = join(folder, `sweep-${jobs}`)
    const options = { ...small, validation: 90, device: 'cuda', vary: { beta: [0, 1, 2, 5] }, jobs, out }
    const { status, stdout, stderr } = runProgram(
      `
      import { datasets, sweep } from ${JSON.stringify(index)}
      const { train } = await datasets.load('digits')
      const { trials } = await sweep(train.slice(0, 500), ${JSON.stringify(options)})
      console.log(JSON.stringify(trials.map(({ state, value }) => [state, value])))`,
      { VAE_HOST_GPU_TELL: '1' },
    )
    assert.equal(status, 0, stderr)
    return { trials: JSON.parse(stdout), launches: Number(stderr.match(/^(\d+) launches$/m)?.[1]) }
  }
  const [one, four] = [launches(1), launches(4)]
  assert.equal(one.trials.length, 4)
  assert.deepEqual(four.trials, one.trials)
  // Training steps are batched, validation is not; and no launch waits for a late trial.
  assert.ok(four.launches < 0.7 * one.launches, `${four.launches} launches for four at once, ${one.launches} in turn`)
})

test('a loss that is not finite ends the run, with the last good model', async () => {
  const run = trainVae(table({}), { ...small, likelihood: 'gaussian', learningRate: 1e30, epochs: 50, device: 'cuda' })
  const error = await run.then(
    () => assert.fail('it should not have ended well'),
    (error) => error,
  )
  assert.equal(error.code, 'ERR_VAE_DIVERGED', error.message)
  const { mean } = await error.lastGood.encode(table({}).slice(0, 3))
  assert.ok(mean.data.every(Number.isFinite))
})

test('a model that is too large for the GPU is an error, and the next run works', async () => {
  // Activations of more than two gigabytes per run on the GPU, almost nothing on the host.
  const estimator = { type: 'reparameterization', samples: 128 }
  const huge = { ...small, hiddenDims: [4000], batchSize: 500, estimator, epochs: 1, device: 'cuda' }
  const many = Array.from({ length: 72 }, () => trainVae(bytes, huge))
  const ends = await Promise.allSettled(many)
  const failed = ends.filter(({ status }) => status === 'rejected')
  for (const { reason } of failed) assert.equal(reason.code, 'ERR_VAE_MEMORY', reason.message)
  assert.ok(failed.length > 0, 'some did not fit')
  await trainVae(bytes, { ...small, device: 'cuda' })
})

test("the reference path, on candle's tensors, agrees with the CPU's", { skip: host }, async () => {
  const options = { hiddenDims: [37], latentDim: 3, steps: 20, path: 'reference' }
  const found = await bench(bytes, { ...options, device: 'cuda' })
  const expected = await bench(bytes, { ...options, device: 'cpu' })
  assert.deepEqual([found.device, found.path], ['cuda', 'reference'])
  close(found.meanLoss, expected.meanLoss, 1e-4, 'the mean loss')
})

const sanitizer = spawnSync('compute-sanitizer', ['--version']).status === 0

test('compute-sanitizer finds nothing', { skip: !sanitizer && 'there is no compute-sanitizer' }, () => {
  const node = [process.execPath, '--input-type=module', '--eval', digest]
  const options = { encoding: 'utf8', env: { ...process.env, VAE_NATIVE_CUDA_GRAPHS: 'off' } }
  const { status, stdout } = spawnSync('compute-sanitizer', ['--error-exitcode', '9', ...node], options)
  assert.equal(status, 0, stdout)
})

test('a launch that fails is an error of all who share it, and Node lives', {
  skip: !isHost && 'no GPU fails on request',
}, () => {
  const { status, stdout, stderr } = runProgram(
    `
    import { datasets, trainVae } from ${JSON.stringify(index)}
    const { train } = await datasets.load('digits')
    const options = ${JSON.stringify({ ...small, device: 'cuda', members: 2 })}
    const runs = [1, 2].map((seed) => trainVae(train.slice(0, 500), { ...options, seed }))
    for (const { reason } of await Promise.allSettled(runs)) console.log(reason.code, reason.message)
    await trainVae(train.slice(0, 50), { device: 'cpu', epochs: 1 })
    console.log('and on')`,
    { VAE_HOST_GPU_FAIL: '40' },
  )
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^(ERR_VAE_DEVICE the GPU cannot be used: .*CUDA_ERROR_LAUNCH_FAILED.*\n){2}and on\n$/)
})

test('a GPU that is not there is an error', async () => {
  const error = await trainVae(bytes, { ...small, device: 'cuda:99' }).then(assert.fail, (error) => error)
  assert.equal(error.code, 'ERR_VAE_DEVICE', error.message)
})

test('memory returns when a model is disposed', async () => {
  const { probeGpu } = createRequire(import.meta.url)(cuda.addon)
  const free = () => JSON.parse(probeGpu()).freeMemory
  const once = async () =>
    (await trainVae(bytes, { ...small, hiddenDims: [1000], epochs: 1, device: 'cuda' })).dispose()
  await once()
  const before = free()
  for (let i = 0; i < 3; i++) await once()
  assert.ok(before - free() < 32 * 2 ** 20, `${before - free()} bytes are missing`)
})
