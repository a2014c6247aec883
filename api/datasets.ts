import { Dataset } from './dataset.js'
import { type DataDescription, decodeDescription } from './description.js'
import { download } from './download.js'
import { describe as describeValue, encodeOptions, wholeNumber } from './encode-options.js'
import { optionError, VaeError } from './errors.js'
import { flatten } from './examples.js'
import { cacheFolder, findSet, missingIn, places, type SetPaths } from './find-set.js'
import { type ImageSource, toNativeImage, toPath } from './image-source.js'
import { digits, type NamedSet, namedSets, type SetName } from './named-sets.js'
import { background, type Done, direct, NativeDataset, type NativeImage } from './native.js'
import type { Preprocessing } from './preprocessing.js'
import type { ExampleShape } from './tensor.js'

/** How far a load is. */
export interface LoadProgress {
  readonly done: number
  /** 0 while it is not known. */
  readonly total: number
  readonly unit: 'bytes' | 'files'
}

/** What every way to load data can be told. */
export interface LoadData {
  /** Ends the load, which then rejects with `signal.reason` and leaves nothing behind. */
  signal?: AbortSignal
  /** Told how far the load is, now and then. */
  onProgress?: (progress: LoadProgress) => void
}

/** Options of `datasets.load`. */
export interface LoadNamed extends LoadData {
  /**
   * A folder to look in first, for the set's files or a folder with the set's name.
   * @default none
   */
  dir?: string
  /**
   * Download the set into the cache if it is nowhere on this machine.
   * @default true
   */
  download?: boolean
}

/** What to do about unreadable pictures and rows. */
export interface OnError {
  /**
   * Fail, or leave them out and list them in `skipped`.
   * @default 'throw'
   */
  onError?: 'throw' | 'skip'
}

/** Options of `datasets.open`. */
export interface OpenData extends LoadData, OnError, Preprocessing {
  /**
   * The array to read from an .npz file.
   * @default the only one of rank 2 or more, or 'images', 'imgs', 'x'
   */
  key?: string
  /**
   * The columns to read from a .csv file, in this order.
   * @default all but `labelColumn`
   */
  columns?: readonly string[]
  /**
   * The column of a .csv file that holds the labels.
   * @default none
   */
  labelColumn?: string
  /**
   * An IDX file with one label for each example.
   * @default the one beside an IDX file of images
   */
  labels?: string
  /**
   * The most bytes that the data may take in memory.
   * @default 8589934592
   */
  limitBytes?: number
}

/** Options of `datasets.fromImages`. */
export interface ImageOptions extends LoadData, OnError, Preprocessing {}

/** Options of `datasets.fromArray`. */
export interface ArrayOptions extends Preprocessing {
  /**
   * The shape of one example; needed for an array of numbers.
   * @default the length of a row
   */
  shape?: ExampleShape
  /**
   * One whole number for each example.
   * @default none
   */
  labels?: ArrayLike<number>
}

/** The two parts of a named set. */
export interface TrainAndTest {
  train: Dataset
  test: Dataset
}

/** Options that are not preprocessing and stay on this side of the border. */
const here = ['signal', 'onProgress'] as const

/**
 * A data set known by name: `digits` is built in (10,000 to train on, 2,000 to test with); the others are looked for
 * in `dir`, `$VAE_NATIVE_DATA` and the cache, and only then downloaded into the cache.
 *
 * @throws {VaeError} `ERR_VAE_IO` if the set is nowhere and cannot be downloaded.
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
  const part = async (images: string, labels: string) =>
    background(
      async (task) => new Dataset(await NativeDataset.open(images, JSON.stringify({ labels }), task)),
      options.signal,
    )
  return {
    train: await part(paths.trainImages, paths.trainLabels),
    test: await part(paths.testImages, paths.testLabels),
  }
}

/**
 * Examples from a file or folder: IDX (also as .gz), .npy, .npz, .csv, or a folder of PNG, JPEG and WebP pictures, whose
 * subfolders are the labels. The content decides, not the name.
 *
 * @throws {VaeError} `ERR_VAE_IO`, `ERR_VAE_DATA_FORMAT`, `ERR_VAE_SHAPE`, `ERR_VAE_MEMORY`, `ERR_VAE_OPTION`
 */
async function open(path: string | URL, options: OpenData = {}): Promise<Dataset> {
  const json = encodeOptions(options, here)
  return background(
    async (task) => new Dataset(await NativeDataset.open(toPath(path), json, task)),
    options.signal,
    inUnits(options.onProgress, 'bytes'),
  )
}

/**
 * As {@link open}, with the part that is kept for tests where the path has one: the `t10k` files of a folder with
 * MNIST's four.
 */
async function openSplit(path: string | URL, options: OpenData = {}): Promise<{ train: Dataset; test?: Dataset }> {
  const json = encodeOptions(options, here)
  const [train, test] = await background(
    (task) => NativeDataset.openSplit(toPath(path), json, task),
    options.signal,
    inUnits(options.onProgress, 'bytes'),
  )
  return { train: new Dataset(train as NativeDataset), ...(test && { test: new Dataset(test) }) }
}

/**
 * What a path holds, told without keeping it in memory and before any option is chosen: where `open` would refuse
 * pictures of several sizes or an archive of several arrays, this lists them. Of pictures only the headers are read.
 *
 * ```ts
 * const { sizes, labels, unreadable, suggestion } = await datasets.describe('photos')
 * ```
 *
 * @throws {VaeError} `ERR_VAE_IO` or `ERR_VAE_DATA_FORMAT`, where the path holds nothing that can be described.
 */
async function describe(path: string | URL, options: LoadData = {}): Promise<DataDescription> {
  const json = await background(
    (task) => NativeDataset.describe(toPath(path), task),
    options.signal,
    inUnits(options.onProgress, 'files'),
  )
  return decodeDescription(json)
}

/**
 * Examples from pictures: a folder, or pictures one by one.
 *
 * @throws {VaeError} `ERR_VAE_DATA_FORMAT` for what is no picture, `ERR_VAE_SHAPE` if sizes differ and no `size` is given.
 */
async function fromImages(
  sources: string | Iterable<ImageSource> | AsyncIterable<ImageSource>,
  options: ImageOptions = {},
): Promise<Dataset> {
  if (typeof sources === 'string') return open(sources, options)
  const json = encodeOptions(options, here)
  const images: NativeImage[] = []
  for await (const source of sources) images.push(toNativeImage(source))
  return background(
    async (task) => new Dataset(await NativeDataset.fromImages(images, json, task)),
    options.signal,
    inUnits(options.onProgress, 'files'),
  )
}

/**
 * Examples from memory; the values are copied. Bytes are pixels: they count as value/255, or as 0 and 1 if their
 * maximum is 1. Floats count as they are.
 *
 * ```ts
 * const pixels = new Uint8Array(100 * 28 * 28)
 * datasets.fromArray(pixels, { shape: [28, 28] }).length // 100
 * ```
 *
 * @throws {VaeError} `ERR_VAE_SHAPE` if the values do not make whole examples, `ERR_VAE_DATA_RANGE` for what is not finite.
 */
function fromArray(
  data: Float32Array | Uint8Array | readonly (readonly number[])[],
  options: ArrayOptions = {},
): Dataset {
  const json = encodeOptions(options, ['shape', 'labels'])
  const labels = toLabels(options.labels)
  if (data instanceof Uint8Array) {
    return direct(() => new Dataset(NativeDataset.fromBytes(data, givenShape(options.shape), labels, json)))
  }
  if (data instanceof Float32Array) {
    return direct(() => new Dataset(NativeDataset.fromFloats(data, givenShape(options.shape), labels, json)))
  }
  if (!Array.isArray(data) || !Array.isArray(data[0])) {
    throw optionError('data', 'a Float32Array, a Uint8Array or rows of numbers', describeValue(data))
  }
  const length = data[0].length
  const shape = options.shape === undefined ? [length] : givenShape(options.shape)
  return direct(() => new Dataset(NativeDataset.fromFloats(flatten(data, length), shape, labels, json)))
}

/**
 * Where data come from.
 *
 * ```ts
 * const { train, test } = await datasets.load('mnist')
 * const photos = await datasets.open('photos', { size: 64, channels: 3 })
 * ```
 */
export const datasets = { load, open, openSplit, describe, fromImages, fromArray }

function drawDigits(part: keyof typeof digits): Dataset {
  const { n, seed } = digits[part]
  return direct(() => new Dataset(NativeDataset.digits(n, seed)))
}

async function downloadSet(set: NamedSet, options: LoadNamed): Promise<SetPaths> {
  if (options.download === false) {
    const looked = places(set.name, options.dir).join(', ')
    const remedy = 'let it be downloaded, or name its folder with `dir` or VAE_NATIVE_DATA'
    throw new VaeError({ code: 'ERR_VAE_IO', message: `${set.name}: not found in ${looked}; ${remedy}.`, remedy })
  }
  const folder = cacheFolder(set.name)
  await download(set, await missingIn(folder, set), folder, {
    signal: options.signal,
    onProgress: inUnits(options.onProgress, 'bytes'),
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

function inUnits(onProgress: LoadData['onProgress'], unit: LoadProgress['unit']): ((done: Done) => void) | undefined {
  return onProgress && ((done) => onProgress({ ...done, unit }))
}

function givenShape(shape: ExampleShape | undefined): number[] {
  if (!Array.isArray(shape))
    throw optionError(
      'shape',
      'the shape of one example',
      describeValue(shape),
      'pass for instance { shape: [28, 28] }',
    )
  return (shape as readonly unknown[]).map((length, i) => wholeNumber(`shape[${i}]`, length, 1))
}

function toLabels(labels: ArrayLike<number> | undefined): Int32Array | undefined {
  if (labels === undefined) return undefined
  return Int32Array.from(labels, (label, i) => {
    if (Number.isInteger(label) && label === (label | 0)) return label
    throw optionError(`labels[${i}]`, 'a whole number', describeValue(label))
  })
}
