import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { datasets, type Examples, type Latents, loadVae, rows, type Tensor, toPng, trainVae } from '../index.js'
import { fewDigits, small, temporaryFolder } from './fixtures/digits.js'

const digits = await fewDigits()
const vae = await trainVae(digits.train, { ...small, epochs: 4 })
const ten = digits.test.slice(0, 10)
const pixels = ten.toTensor()

/** Asserts that two tensors are equal up to the order of their sums. */
function near(t: ExecutionContext, actual: Tensor, expected: Tensor): void {
  t.deepEqual(actual.shape, expected.shape)
  const furthest = actual.data.reduce((most, x, i) => Math.max(most, Math.abs(x - (expected.data[i] ?? Number.NaN))), 0)
  t.true(furthest < 1e-5, `${furthest} apart`)
}

test('examples in every form mean the same', async (t) => {
  const { mean } = await vae.encode(ten)
  t.deepEqual(mean.shape, [10, 2])
  const forms: Examples[] = [
    pixels,
    pixels.data,
    [...rows(pixels)],
    [...rows(pixels)].map((row) => [...row]),
    datasets.fromArray(pixels.data, { shape: [28, 28] }),
    datasets.fromArray(
      Uint8Array.from(pixels.data, (x) => Math.round(255 * x)),
      { shape: [28, 28] },
    ),
  ]
  for (const form of forms) t.deepEqual((await vae.encode(form)).mean, mean)
  const single = await vae.encode(pixels.data.subarray(0, 784))
  t.deepEqual(single.mean.data, mean.data.subarray(0, 2))
})

test('examples of the wrong size or kind are refused', async (t) => {
  await t.throwsAsync(vae.encode(new Float32Array(100)), { code: 'ERR_VAE_SHAPE', message: /multiple of 784/ })
  await t.throwsAsync(vae.encode([[1, 2]]), { code: 'ERR_VAE_SHAPE', message: /expected 784 values, got 2/ })
  await t.throwsAsync(vae.encode({ data: new Float32Array(784), shape: [2, 784] }), { code: 'ERR_VAE_SHAPE' })
  await t.throwsAsync(vae.encode({ data: new Float32Array(9), shape: [1, 3, 3] }), { code: 'ERR_VAE_SHAPE' })
  await t.throwsAsync(vae.encode([]), { code: 'ERR_VAE_SHAPE' })
  const bytes = new Uint8Array(784)
  await t.throwsAsync(vae.encode(bytes as never), { code: 'ERR_VAE_DATA_FORMAT', message: /datasets\.fromArray/ })
  await t.throwsAsync(vae.encode('test' as never), { code: 'ERR_VAE_DATA_FORMAT', message: /got "test"/ })
  await t.throwsAsync(vae.encode(new Float32Array(784).fill(7)), { code: 'ERR_VAE_DATA_RANGE' })
})

test('the batch size changes no result beyond rounding', async (t) => {
  near(t, (await vae.encode(ten, { batchSize: 3 })).mean, (await vae.encode(ten)).mean)
  near(
    t,
    await vae.reconstruct(ten, { batchSize: 3, latent: 'sample' }),
    await vae.reconstruct(ten, { latent: 'sample' }),
  )
})

test('decoding what was encoded is reconstruction', async (t) => {
  const encoding = await vae.encode(ten)
  t.is(encoding.posterior, 'gaussian')
  t.deepEqual(encoding.logVar.shape, [10, 2])
  const reconstructed = await vae.reconstruct(ten)
  t.deepEqual(reconstructed.shape, [10, 28, 28])
  t.deepEqual(await vae.decode(encoding.mean), reconstructed)
  t.deepEqual(await vae.decode([...rows(encoding.mean)].map((z) => [...z])), reconstructed)
  const logits = await vae.decode(encoding.mean, { output: 'logits' })
  const [logit = 0, mean = 0] = [logits.data[400], reconstructed.data[400]]
  t.true(Math.abs(1 / (1 + Math.exp(-logit)) - mean) < 1e-6)
  const drawn = await vae.decode(encoding.mean, { output: 'sample', seed: 3 })
  t.true(drawn.data.every((x) => x === 0 || x === 1))
  await t.throwsAsync(vae.decode([[1, 2, 3]]), { code: 'ERR_VAE_SHAPE' })
  await t.throwsAsync(vae.decode({ data: new Float32Array(6), shape: [2, 3] } as unknown as Latents), {
    code: 'ERR_VAE_SHAPE',
    message: 'z: expected a tensor of (n, 2), got (2, 3).',
  })
})

test('samples depend on the seed, the mean and the deviation', async (t) => {
  const samples = await vae.sample(4, { seed: 7 })
  t.deepEqual(samples.shape, [4, 28, 28])
  t.deepEqual(await vae.sample(4, { seed: 7 }), samples)
  t.notDeepEqual(await vae.sample(4, { seed: 8 }), samples)
  const still = await vae.sample(2, { mean: [1, -1], standardDeviation: 0 })
  const twice = [
    [1, -1],
    [1, -1],
  ]
  near(t, still, await vae.decode(twice))
  await t.throwsAsync(vae.sample(2, { mean: [1, 2, 3] }), { code: 'ERR_VAE_OPTION', message: /^mean: expected / })
  await t.throwsAsync(vae.sample(0), {
    code: 'ERR_VAE_OPTION',
    message: 'n: expected a whole number from 1 up, got 0.',
  })
  await t.throwsAsync(vae.sample(2, { sead: 7 } as object), { code: 'ERR_VAE_OPTION', message: /did you mean `seed`/ })
})

test('an interpolation begins and ends at its ends', async (t) => {
  const [from, to] = [digits.test.slice(0, 2), digits.test.slice(2, 4)]
  const way = await vae.interpolate(from, to, { steps: 5 })
  t.deepEqual(way.shape, [2, 5, 28, 28])
  const start = await vae.reconstruct(from)
  t.deepEqual(way.data.subarray(0, 784), start.data.subarray(0, 784))
  const latents = await vae.interpolate((await vae.encode(from)).mean, (await vae.encode(to)).mean, { steps: 5 })
  t.deepEqual(latents, way)
  await t.throwsAsync(vae.interpolate(from, ten), { code: 'ERR_VAE_SHAPE' })
})

test('an evaluation adds up', async (t) => {
  const e = await vae.evaluate(digits.test)
  const close = (a: number, b: number) => t.true(Math.abs(a - b) < 1e-3, `${a} ≠ ${b}`)
  close(e.elbo, -(e.reconstruction + e.kl))
  close(e.loss, e.reconstruction + e.kl)
  close(
    e.klPerDimension.reduce((sum, kl) => sum + kl, 0),
    e.kl,
  )
  close(e.explained ?? 0, (e.ceiling - e.reconstruction) / (e.ceiling - (e.floor ?? 0)))
  t.like(e, { n: 100, beta: 1, activeUnits: 2 })
  t.true(e.standardError > 0)
  const bound = await vae.logLikelihood(digits.test, { samples: 50, seed: 1 })
  t.true(bound.mean > e.elbo)
  t.like(bound, { samples: 50, normalised: false })
  t.is(bound.perExample.length, 100)
})

test('what does not belong scores higher', async (t) => {
  const noise = Float32Array.from({ length: 784 }, (_, i) => (i * 7919) % 2)
  const [ordinary, strange] = [await vae.score(ten), await vae.score(noise)]
  t.true(Math.min(...strange.perExample) > Math.max(...ordinary.perExample))
  const { map } = await vae.score(ten, { by: 'elbo', map: true })
  t.deepEqual(map?.shape, [10, 28, 28])
  const sum = map?.data.subarray(0, 784).reduce((total, x) => total + x, 0) ?? 0
  t.true(Math.abs(sum - (ordinary.perExample[0] ?? 0)) < 1e-2)
  t.like(await vae.score(ten, { by: { logLikelihood: 3 } }), { by: { logLikelihood: 3 } })
})

test('a model that was saved is the model', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'digits.safetensors')
  await vae.save(path)
  t.deepEqual(await readdir(folder), ['digits.safetensors'])
  const loaded = await loadVae(pathToFileURL(path), { threads: 1 })
  t.deepEqual(await loaded.sample(3), await vae.sample(3))
  t.deepEqual(loaded.config, vae.config)
  t.deepEqual(loaded.trained, vae.trained)
  t.deepEqual(loaded.preprocessing, vae.preprocessing)
  t.deepEqual(loaded.labelNames, vae.labelNames)
  await t.throwsAsync(loadVae(join(folder, 'digit.safetensors')), { code: 'ERR_VAE_IO', message: /no such file/ })
  await writeFile(path, 'no tensors')
  await t.throwsAsync(loadVae(path), { code: 'ERR_VAE_CHECKPOINT' })
  await t.throwsAsync(vae.save(join(path, 'below.safetensors')), { code: 'ERR_VAE_IO' })
})

test('a disposed model refuses new calls, but finishes those under way', async (t) => {
  const short = await trainVae(digits.train, { ...small, epochs: 1 })
  const underWay = short.sample(2)
  {
    using scoped = short
    t.is(scoped.posterior, 'gaussian')
  }
  await t.notThrowsAsync(underWay)
  await t.throwsAsync(short.sample(2), { code: 'ERR_VAE_DISPOSED' })
  t.deepEqual(short.shape, [28, 28])
})

test('a signal ends a call with its reason', async (t) => {
  const reason = new Error('enough')
  await t.throwsAsync(vae.encode(ten, { signal: AbortSignal.abort(reason) }), { is: reason })
  const controller = new AbortController()
  const long = vae.logLikelihood(digits.test, { samples: 1_000_000, signal: controller.signal })
  setTimeout(() => controller.abort(reason), 20)
  await t.throwsAsync(long, { is: reason })
})

test('an autoencoder has no noise and no KL', async (t) => {
  const autoencoder = await trainVae(digits.train, {
    ...small,
    posterior: 'deterministic',
    likelihood: 'squared-error',
  })
  const encoding = await autoencoder.encode(ten)
  t.false('logVar' in encoding)
  const { kl, klShare } = await autoencoder.evaluate(ten)
  t.deepEqual([kl, klShare], [0, 0])
  await t.throwsAsync(autoencoder.logLikelihood(ten, { samples: 2 }), { code: 'ERR_VAE_OPTION' })
})

test('tensors can be handed to a worker', async (t) => {
  const { data } = await vae.sample(2)
  const copy = data.slice()
  const moved = structuredClone(data, { transfer: [data.buffer as ArrayBuffer] })
  t.is(data.length, 0)
  t.deepEqual(moved, copy)
})

test('pictures are read as the model was trained', async (t) => {
  const png = toPng({ data: pixels.data.subarray(0, 784), shape: [28, 28] })
  const { mean } = await vae.encode({ encoded: png })
  const expected = (await vae.encode(ten.slice(0, 1))).mean
  t.deepEqual(mean, expected)
  await t.throwsAsync(vae.encode({ encoded: png.subarray(0, 50) }), { code: 'ERR_VAE_DATA_FORMAT' })
})
