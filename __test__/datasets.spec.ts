import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { datasets, type VaeError } from '../index.js'
import { temporaryFolder } from './fixtures/digits.js'

/** Makes an IDX file of bytes. */
function idx(shape: number[], values: number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.writeUInt8(8, 2)
  header.writeUInt8(shape.length, 3)
  for (const [i, length] of shape.entries()) header.writeUInt32BE(length, 4 + 4 * i)
  return Buffer.concat([header, Buffer.from(values)])
}

/** Writes a folder with the four files of a tiny MNIST. */
async function tinyMnist(t: ExecutionContext, folder?: string): Promise<string> {
  const root = folder ?? (await temporaryFolder(t))
  await mkdir(root, { recursive: true })
  await writeFile(join(root, 'train-images-idx3-ubyte'), idx([3, 2, 2], [0, 255, 51, 102, 1, 2, 3, 4, 5, 6, 7, 8]))
  await writeFile(join(root, 'train-labels-idx1-ubyte'), idx([3], [7, 1, 7]))
  await writeFile(join(root, 't10k-images-idx3-ubyte'), idx([1, 2, 2], [9, 9, 9, 9]))
  await writeFile(join(root, 't10k-labels-idx1-ubyte'), idx([1], [4]))
  return root
}

test('the digits are built in', async (t) => {
  const { train, test: held } = await datasets.load('digits')
  t.like(train, { length: 10_000, shape: [28, 28], element: 'u8', source: 'digits' })
  t.is(held.length, 2_000)
  t.is(train.labels?.length, 10_000)
  t.not(train.fingerprint, held.fingerprint)
  t.is((await datasets.load('digits')).train.fingerprint, train.fingerprint)
})

test('bytes and floats from memory', (t) => {
  const bytes = datasets.fromArray(Uint8Array.of(0, 51, 255, 102), { shape: [2], labels: [3, -1] })
  t.like(bytes, { length: 2, shape: [2], element: 'u8', labels: Int32Array.of(3, -1) })
  t.deepEqual(bytes.toTensor(), { shape: [2, 2], data: Float32Array.of(0, 0.2, 1, 0.4) })
  const bits = datasets.fromArray(Uint8Array.of(0, 1), { shape: [1] })
  t.deepEqual(bits.toTensor().data, Float32Array.of(0, 1))
  const floats = datasets.fromArray(Float32Array.of(-3, 8), { shape: [1, 2] })
  t.deepEqual(floats.toTensor(), { shape: [1, 1, 2], data: Float32Array.of(-3, 8), range: [-3, 8] })
  const rows = datasets.fromArray([
    [1, 2],
    [3, 4],
    [5, 6],
  ])
  t.deepEqual(rows.toTensor(), { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6), range: [1, 6] })
  t.is(rows.labels, undefined)
  // A scale is a model's: it changes no value of the data.
  for (const scale of ['none', 'unit', 'standardize'] as const) {
    const { data } = datasets.fromArray(Uint8Array.of(51, 102), { shape: [2], scale }).toTensor()
    t.deepEqual(data, Float32Array.of(0.2, 0.4))
  }
  const dark = datasets.fromArray(Uint8Array.of(0, 1), { shape: [1], scale: 'unit' })
  t.deepEqual(dark.toTensor().data, Float32Array.of(0, 1 / 255))
  t.like(bytes, { notes: [], table: undefined, columns: undefined, range: [0, 1] })
})

test('labels given as texts become names, in natural order', (t) => {
  const labels = ['v10', 'v2', 'b', 'v2']
  for (const data of [new Uint8Array(4), new Float32Array(4)]) {
    const named = datasets.fromArray(data, { shape: [1], labels })
    t.like(named, { labels: Int32Array.of(2, 1, 0, 1), labelNames: ['b', 'v2', 'v10'] })
    t.is(named.where('v2').length, 2)
  }
  t.throws(() => datasets.fromArray([[1], [2]], { labels: ['a', 7 as never] }), {
    code: 'ERR_VAE_OPTION',
    message: 'labels[1]: expected a text, as the first label is, got 7.',
  })
  t.throws(() => datasets.fromArray([[1], [2]], { labels: ['a'] }), { code: 'ERR_VAE_SHAPE' })
  t.is(datasets.fromArray([[1], [2]], { labels: [1, 0] }).labelNames, undefined)
})

test('arrays that make no examples are refused', (t) => {
  const refuse = (make: () => unknown, code: string, message: RegExp) => t.throws<VaeError>(make, { code, message })
  const { fromArray } = datasets
  refuse(() => fromArray(new Uint8Array(4)), 'ERR_VAE_OPTION', /^shape: expected the shape of one example/)
  refuse(() => fromArray(new Uint8Array(5), { shape: [2] }), 'ERR_VAE_SHAPE', /./)
  refuse(() => fromArray(new Uint8Array(4), { shape: [2, 2, 2] as never }), 'ERR_VAE_SHAPE', /./)
  refuse(() => fromArray(new Uint8Array(4), { shape: [0.5] }), 'ERR_VAE_OPTION', /^shape\[0\]: expected /)
  refuse(() => fromArray([[1, 2], [3]]), 'ERR_VAE_SHAPE', /^example 1: expected 2 values, got 1/)
  refuse(() => fromArray(Float32Array.of(1, Number.NaN), { shape: [1] }), 'ERR_VAE_DATA_RANGE', /./)
  refuse(() => fromArray([[1]], { labels: [0.5] }), 'ERR_VAE_OPTION', /^labels\[0\]: expected a whole number, got 0\.5/)
  refuse(() => fromArray([[1]], { labels: [1, 2] }), 'ERR_VAE_SHAPE', /./)
  refuse(() => fromArray(new Float64Array(4) as never, { shape: [2] }), 'ERR_VAE_OPTION', /got a Float64Array/)
  refuse(() => fromArray([[1]], { scael: 'unit' } as object), 'ERR_VAE_OPTION', /did you mean `scale`/)
})

test('slices count as those of an array', (t) => {
  const data = datasets.fromArray([[0], [1], [2], [3], [4]])
  const values = (set: typeof data) => [...set.toTensor().data]
  t.deepEqual(values(data.slice(1, 3)), [1, 2])
  t.deepEqual(values(data.slice(-2)), [3, 4])
  t.deepEqual(values(data.slice(1).slice(1, -1)), [2, 3])
  t.is(data.slice(3, 1).length, 0)
  t.is(data.slice(0, 99).length, 5)
  t.throws(() => data.slice(Number.NaN), { code: 'ERR_VAE_OPTION', message: 'start: expected a number, got NaN.' })
})

test('labels choose, by number or name', async (t) => {
  const data = datasets.fromArray([[0], [1], [2]], { labels: [5, 6, 5] })
  t.deepEqual([...data.where(5).toTensor().data], [0, 2])
  t.throws(() => data.where(7), { code: 'ERR_VAE_OPTION', message: /expected one of 5, 6/ })
  t.throws(() => data.where('five'), { code: 'ERR_VAE_OPTION', message: 'label: expected a number, got "five".' })
  t.throws(() => data.where(0.5), { code: 'ERR_VAE_OPTION' })
  const { train } = await datasets.load('digits')
  t.deepEqual(train.where('3').labels, train.where(3).labels)
})

test('a split has every example once', (t) => {
  const data = datasets.fromArray(
    Array.from({ length: 20 }, (_, i) => [i]),
    { labels: Array.from({ length: 20 }, (_, i) => i % 2) },
  )
  const { train, validation } = data.split({ validation: 0.2, stratify: true })
  t.is(validation.length, 4)
  t.deepEqual([...(validation.labels ?? [])].sort(), [0, 0, 1, 1])
  const all = [...train.toTensor().data, ...validation.toTensor().data].sort((a, b) => a - b)
  t.deepEqual(all, [...data.toTensor().data])
  t.is(data.split({ validation: 0.2, stratify: true }).validation.fingerprint, validation.fingerprint)
  t.not(data.split({ validation: 0.2, seed: 2, stratify: true }).validation.fingerprint, validation.fingerprint)
  t.throws(() => data.split({ validation: 2 }), { code: 'ERR_VAE_OPTION', message: /^validation: expected / })
  t.throws(() => data.split({ validation: Number.NaN }), { code: 'ERR_VAE_OPTION' })
  t.throws(() => data.split({ validation: 0.5, seed: -1 }), { code: 'ERR_VAE_OPTION', message: /^seed: / })
})

test('a folder with the four files of MNIST', async (t) => {
  const folder = await tinyMnist(t)
  const train = await datasets.open(pathToFileURL(folder))
  t.like(train, { length: 3, shape: [2, 2], labels: Int32Array.of(7, 1, 7) })
  t.deepEqual(train.toTensor().data.slice(0, 4), Float32Array.of(0, 1, 0.2, 0.4))
  const { test: held } = await datasets.openSplit(folder)
  t.like(held, { length: 1, labels: Int32Array.of(4) })
  const alone = await datasets.openSplit(join(folder, 'train-images-idx3-ubyte'))
  t.is(alone.test, undefined)
})

test('a path that cannot be opened is said, with what was meant', async (t) => {
  const folder = await tinyMnist(t)
  await t.throwsAsync(datasets.open(join(folder, 'train-image-idx3-ubyte')), {
    code: 'ERR_VAE_IO',
    message: /did you mean '.*train-images-idx3-ubyte'/,
  })
  await writeFile(join(folder, 'text'), 'these are no pictures')
  await t.throwsAsync(datasets.open(join(folder, 'text')), { code: 'ERR_VAE_DATA_FORMAT' })
  await t.throwsAsync(datasets.open(folder, { limitBytes: 2 }), { code: 'ERR_VAE_MEMORY' })
  await t.throwsAsync(datasets.open(folder, { size: 0 }), { code: 'ERR_VAE_OPTION', message: /^size: expected / })
  await t.throwsAsync(datasets.open(7 as never), { code: 'ERR_VAE_OPTION', message: /^path: expected a path/ })
  await t.throwsAsync(datasets.open(new URL('https://example.org')), { code: 'ERR_VAE_OPTION' })
})

// Serial, because they read the process's environment.
test.serial('a named set is searched for locally before it is downloaded', async (t) => {
  const root = await temporaryFolder(t)
  const keep = { ...process.env }
  t.teardown(() => {
    process.env = keep
  })
  process.env.XDG_CACHE_HOME = join(root, 'cache')
  process.env.VAE_NATIVE_DATA = join(root, 'data')
  process.env.VAE_NATIVE_MIRROR = 'http://127.0.0.1:1'
  const missing = { code: 'ERR_VAE_IO', message: /^kmnist: not found in .*data.kmnist, .*cache/ }
  await t.throwsAsync(datasets.load('kmnist', { download: false }), missing)
  await tinyMnist(t, join(root, 'cache', 'vae-native', 'kmnist'))
  t.is((await datasets.load('kmnist', { download: false })).train.length, 3)
  await tinyMnist(t, join(root, 'data', 'mnist'))
  t.is((await datasets.load('mnist')).test.length, 1)
  const dir = await tinyMnist(t, join(root, 'elsewhere'))
  t.is((await datasets.load('fashion-mnist', { dir })).train.length, 3)
  await tinyMnist(t, join(root, 'folder', 'fashion-mnist'))
  t.is((await datasets.load('fashion-mnist', { dir: join(root, 'folder') })).train.length, 3)
})

test('names that are not known and signals that were aborted', async (t) => {
  await t.throwsAsync(datasets.load('cifar' as never), {
    code: 'ERR_VAE_OPTION',
    message: /^name: expected one of digits, /,
  })
  await t.throwsAsync(datasets.load('toString' as never), { code: 'ERR_VAE_OPTION' })
  const reason = new Error('enough')
  const signal = AbortSignal.abort(reason)
  await t.throwsAsync(datasets.load('digits', { signal }), { is: reason })
  await t.throwsAsync(datasets.open('.', { signal }), { is: reason })
})
