import { Dataset } from './dataset.js'
import { type DataDescription, decodeDescription } from './description.js'
import { download } from './download.js'
import { describe as describeValue, encodeOptions, wholeNumber } from './encode-options.js'
import { optionError, VaeError } from './errors.js'
import { flatten } from './examples.js'
import { cacheFolder, findSet, missingFiles, type SetPaths, searchFolders } from './find-set.js'
import { type ImageSource, toNativeImage, toPath } from './image-source.js'
import { digits, type NamedSet, namedSets, type SetName } from './named-sets.js'
import { type CallProgress, callAsync, callSync, NativeDataset, type NativeImage } from './native.js'
import type { Preprocessing } from './preprocessing.js'
import type { OnError, Reading } from './reading.js'
import type { ExampleShape } from './tensor.js'

/** Progress of a load. */
export interface LoadProgress {
  /** Bytes or files loaded so far. */
  readonly done: number
  /** All bytes or files; 0 while unknown. */
  readonly total: number
  readonly unit: 'bytes' | 'files'
}

/** Options of every function that loads data. */
export interface LoadData {
  /** Cancels the load, which then rejects with `signal.reason` and leaves nothing behind. */
  signal?: AbortSignal
  /** Called with the progress at intervals. */
  onProgress?: (progress: LoadProgress) => void
}

/** Options of `datasets.load`. */
export interface LoadNamed extends LoadData {
  /**
   * Folder to search first, for the set's files or a folder with the set's name.
   * @default none
   */
  dir?: string
  /**
   * Download the set into the cache if it is not on this machine.
   * @default true
   */
  download?: boolean
}

/** Options of `datasets.open`. */
export interface OpenData extends LoadData, Preprocessing, Reading {}

/** Options of `datasets.fromImages`. */
export interface ImageOptions extends LoadData, OnError, Preprocessing {}

/** Options of `datasets.fromArray`. */
export interface ArrayOptions extends Preprocessing {
  /**
   * Shape of one example; required for a typed array.
   * @default the length of a row
   */
  shape?: ExampleShape
  /**
   * A whole number or a text for each example. Texts become `labelNames`, numbered in natural order: `2` before `10`.
   * @default none
   */
  labels?: ArrayLike<number> | readonly string[]
}

/** The two parts of a named set. */
export interface TrainAndTest {
  train: Dataset
  test: Dataset
}

/** Options that stay in JavaScript and are not passed to the core. */
const localOptions = ['signal', 'onProgress'] as const

/**
 * Loads a data set by name: `digits` is built in (10,000 to train on, 2,000 to test with); the others are searched for
 * in `dir`, `$VAE_NATIVE_DATA` and the cache, and only then downloaded into the cache.
 *
 * @throws {VaeError} `ERR_VAE_OPTION` for an unknown name, `ERR_VAE_IO` for a set that cannot be found or downloaded.
 */
async function load(name: SetName, options: LoadNamed = {}): Promise<TrainAndTest> {
  options.signal?.throwIfAborted()
  if (name === 'digits') return { train: drawDigits('train'), test: drawDigits('test') }
  if (!Object.hasOwn(namedSets, name)) {
    const names = ['digits', ...Object.keys(namedSets)].join(', ')
    throw optionError('name', `one of ${names}`, describeValue(name), 'open a path with datasets.open')
  }
  const set = namedSets[name]
  const paths = (await findSet(set, options.dir)) ?? (await downloadSet(set, options))
  const openPart = async (images: string, labels: string) =>
    callAsync(
      async (token) => new Dataset(await NativeDataset.open(images, JSON.stringify({ labels }), token)),
      options.signal,
    )
  return {
    train: await openPart(paths.trainImages, paths.trainLabels),
    test: await openPart(paths.testImages, paths.testLabels),
  }
}

/**
 * Reads examples from a file or folder: IDX (also as .gz), .npy, .npz, .csv, or a folder of PNG, JPEG and WebP pictures
 * whose subfolders are the labels. The format is detected by content, not by name.
 *
 * @throws {VaeError} `ERR_VAE_IO`, `ERR_VAE_DATA_FORMAT`, `ERR_VAE_SHAPE`, `ERR_VAE_MEMORY`, `ERR_VAE_OPTION`
 */
async function open(path: string | URL, options: OpenData = {}): Promise<Dataset> {
  const json = encodeOptions(options, localOptions)
  return callAsync(
    async (token) => new Dataset(await NativeDataset.open(toPath(path), json, token)),
    options.signal,
    withUnit(options.onProgress, 'bytes'),
  )
}

/**
 * Reads like {@link open}, and also returns the test part if the path has one: the `t10k` files of a folder with
 * MNIST's four.
 */
async function openSplit(path: string | URL, options: OpenData = {}): Promise<{ train: Dataset; test?: Dataset }> {
  const json = encodeOptions(options, localOptions)
  const [train, test] = await callAsync(
    (token) => NativeDataset.openSplit(toPath(path), json, token),
    options.signal,
    withUnit(options.onProgress, 'bytes'),
  )
  return { train: new Dataset(train as NativeDataset), ...(test && { test: new Dataset(test) }) }
}

/**
 * Describes the data at a path, without keeping it in memory and before any option is chosen: where `open` would refuse
 * pictures of several sizes or an archive of several arrays, this lists them. Only the headers of pictures are read.
 *
 * ```ts
 * const { sizes, labels, unreadable, suggestion } = await datasets.describe('photos')
 * ```
 *
 * @throws {VaeError} `ERR_VAE_IO` or `ERR_VAE_DATA_FORMAT`, if the path holds nothing that can be described.
 */
async function describe(path: string | URL, options: LoadData = {}): Promise<DataDescription> {
  const json = await callAsync(
    (token) => NativeDataset.describe(toPath(path), token),
    options.signal,
    withUnit(options.onProgress, 'files'),
  )
  return decodeDescription(json)
}

/**
 * Reads examples from pictures: a folder, or pictures one by one.
 *
 * @throws {VaeError} `ERR_VAE_DATA_FORMAT` if one is not a picture, `ERR_VAE_SHAPE` if sizes differ without a `size`.
 */
async function fromImages(
  sources: string | Iterable<ImageSource> | AsyncIterable<ImageSource>,
  options: ImageOptions = {},
): Promise<Dataset> {
  if (typeof sources === 'string') return open(sources, options)
  const json = encodeOptions(options, localOptions)
  const images: NativeImage[] = []
  for await (const source of sources) images.push(toNativeImage(source))
  return callAsync(
    async (token) => new Dataset(await NativeDataset.fromImages(images, json, token)),
    options.signal,
    withUnit(options.onProgress, 'files'),
  )
}

/**
 * Creates a data set from values in memory, which are copied. Bytes are pixels: they count as value / 255. If their
 * maximum is 1 they are bits, 0 and 1, unless `scale: 'unit'` says that they are pixels. Floats count as they are.
 *
 * ```ts
 * const pixels = new Uint8Array(100 * 28 * 28)
 * datasets.fromArray(pixels, { shape: [28, 28] }).length // 100
 * ```
 *
 * @throws {VaeError} `ERR_VAE_SHAPE` if the values form no whole examples, `ERR_VAE_DATA_RANGE` if one is not finite.
 */
function fromArray(
  data: Float32Array | Uint8Array | readonly (readonly number[])[],
  options: ArrayOptions = {},
): Dataset {
  const json = encodeOptions(options, ['shape', 'labels'])
  const labels = toLabels(options.labels)
  if (data instanceof Uint8Array) {
    return callSync(() => new Dataset(NativeDataset.fromBytes(data, checkShape(options.shape), labels, json)))
  }
  if (data instanceof Float32Array) {
    return callSync(() => new Dataset(NativeDataset.fromFloats(data, checkShape(options.shape), labels, json)))
  }
  if (!Array.isArray(data) || !Array.isArray(data[0])) {
    throw optionError('data', 'a Float32Array, a Uint8Array or rows of numbers', describeValue(data))
  }
  const length = data[0].length
  const shape = options.shape === undefined ? [length] : checkShape(options.shape)
  return callSync(() => new Dataset(NativeDataset.fromFloats(flatten(data, length), shape, labels, json)))
}

/**
 * Functions that load and create data sets.
 *
 * ```ts
 * const { train, test } = await datasets.load('mnist')
 * const photos = await datasets.open('photos', { size: 64, channels: 3 })
 * ```
 */
export const datasets = { load, open, openSplit, describe, fromImages, fromArray }

function drawDigits(part: keyof typeof digits): Dataset {
  const { n, seed } = digits[part]
  return callSync(() => new Dataset(NativeDataset.digits(n, seed)))
}

async function downloadSet(set: NamedSet, options: LoadNamed): Promise<SetPaths> {
  if (options.download === false) {
    const searched = searchFolders(set.name, options.dir).join(', ')
    const remedy = 'let it be downloaded, or name its folder with `dir` or VAE_NATIVE_DATA'
    throw new VaeError({ code: 'ERR_VAE_IO', message: `${set.name}: not found in ${searched}; ${remedy}.`, remedy })
  }
  const folder = cacheFolder(set.name)
  await download(set, await missingFiles(folder, set), folder, {
    signal: options.signal,
    onProgress: withUnit(options.onProgress, 'bytes'),
    // For networks that cannot reach the sets' own servers, and for tests.
    mirror: process.env.VAE_NATIVE_MIRROR || undefined,
  })
  const paths = await findSet(set)
  if (paths) return paths
  throw new VaeError({
    code: 'ERR_VAE_IO',
    message: `${folder}: ${set.name} was downloaded, but is gone.`,
    path: folder,
  })
}

function withUnit(
  onProgress: LoadData['onProgress'],
  unit: LoadProgress['unit'],
): ((done: CallProgress) => void) | undefined {
  return onProgress && ((done) => onProgress({ ...done, unit }))
}

function checkShape(shape: ExampleShape | undefined): number[] {
  if (!Array.isArray(shape))
    throw optionError(
      'shape',
      'the shape of one example',
      describeValue(shape),
      'pass for instance { shape: [28, 28] }',
    )
  return (shape as readonly unknown[]).map((length, i) => wholeNumber(`shape[${i}]`, length, 1))
}

/** Checks labels: all of them whole numbers, or all of them texts. */
function toLabels(labels: ArrayOptions['labels']): Int32Array | string[] | undefined {
  if (labels === undefined) return undefined
  if (typeof labels[0] === 'string') {
    return Array.from(labels as ArrayLike<unknown>, (label, i) => {
      if (typeof label === 'string') return label
      throw optionError(`labels[${i}]`, 'a text, as the first label is', describeValue(label))
    })
  }
  return Int32Array.from(labels as ArrayLike<number>, (label, i) => {
    if (Number.isInteger(label) && label === (label | 0)) return label
    throw optionError(`labels[${i}]`, 'a whole number', describeValue(label))
  })
}
