// Code that the compiler must accept or refuse. `tsc` checks this file; at run time nothing here is called.
import test from 'ava'
import {
  type BenchResult,
  type Beta,
  bench,
  type Control,
  type Dataset,
  datasets,
  type Encoding,
  type EndEvent,
  type EpochEvent,
  type ExampleShape,
  type Examples,
  type Latents,
  type LikelihoodBench,
  loadVae,
  optionTable,
  presets,
  rows,
  type Tensor,
  type TrainBench,
  type TrainingEvent,
  type TrainingRun,
  type TrainOptions,
  toAnsi,
  toGrid,
  toPng,
  trainVae,
  type Vae,
  VaeError,
  type Varied,
} from '../index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const is = <_ extends true>() => {}

export async function programs(data: Dataset, pictures: Uint8Array) {
  // The first program of the README.
  const { train, test } = await datasets.load('mnist')
  const signal = AbortSignal.timeout(1000)
  const run = trainVae(train, {
    latentDim: 2,
    hiddenDims: [512, 256],
    beta: 5,
    epochs: 20,
    seed: 1,
    validation: test,
    signal,
  })
  for await (const event of run) if (event.type === 'epoch') console.log(event.epoch, event.validation?.elbo)
  const vae = await run
  is<Equal<typeof vae, Vae<'gaussian'>>>()
  const { mean, logVar } = await vae.encode(test)
  is<Equal<typeof mean, Latents>>()
  is<Equal<typeof logVar, Latents>>()
  await vae.sample(16, { mean: 1, standardDeviation: 0.5, seed: 7 })
  await vae.save('digits.safetensors')

  // A run is a promise, an async iterable, and disposable.
  await using disposable = trainVae(train)
  const promise: Promise<Vae> = disposable
  const iterable: AsyncIterable<TrainingEvent> = disposable
  const any: TrainingRun = run
  await Promise.all([promise, run.then((model) => model.shape), run.catch(() => undefined), run.finally(() => {})])
  for await (const event of run.events('epoch', 'control')) is<Equal<typeof event, EpochEvent | Control>>()
  is<Equal<Awaited<ReturnType<typeof run.pause>>, Control>>()
  is<Equal<Awaited<ReturnType<typeof run.step>>, Control>>()

  // The posterior determines the fields of an encoding.
  const autoencoder = await trainVae(train, { posterior: 'deterministic' })
  is<Equal<typeof autoencoder.posterior, 'deterministic'>>()
  const code = await autoencoder.encode(test)
  is<Equal<typeof code.mean, Latents>>()
  // @ts-expect-error A deterministic posterior has no variance.
  code.logVar
  using loaded = await loadVae(new URL('file:///model.safetensors'))
  const encoding: Encoding = await loaded.encode(test)
  // @ts-expect-error It may be deterministic until checked.
  encoding.logVar
  if (encoding.posterior === 'gaussian') encoding.logVar.data.length
  const forgotten: Vae = vae

  // Examples in every form, and refused ones.
  const forms: Examples[] = [
    data,
    { data: new Float32Array(784), shape: [1, 28, 28] },
    new Float32Array(784),
    { file: 'a.png' },
    { encoded: pictures },
    { raw: pictures, width: 28, height: 28, channels: 1 },
    [{ file: new URL('file:///a.png') }, { encoded: pictures }],
    [[0, 1], new Float32Array(2)],
  ]
  await vae.score(forms[0] as Examples, { by: { logLikelihood: 10 }, map: true })
  // @ts-expect-error Bytes could be pixels or a file.
  await vae.encode(pictures)
  // @ts-expect-error A picture cannot have two channels.
  await vae.encode({ raw: pictures, width: 1, height: 1, channels: 2 })
  // @ts-expect-error `samples` is required.
  await vae.logLikelihood(data, {})

  // Options that do not exist, or that exclude each other.
  // @ts-expect-error The option is `latentDim`.
  trainVae(data, { latentdim: 8 })
  // @ts-expect-error There is nothing to estimate.
  trainVae(data, { posterior: 'deterministic', estimator: { type: 'reparameterization' } })
  // @ts-expect-error A likelihood with a parameter needs its type.
  trainVae(data, { likelihood: { variance: 1 } })
  // @ts-expect-error An option is set or absent, not undefined.
  trainVae(data, { beta: undefined })
  trainVae(data, { likelihood: { type: 'gaussian', variance: 'learned' }, probe: false, keep: 'best' })
  trainVae({ data: new Float32Array(20), shape: [10, 2] }, { ...presets.paper, beta: 5 })
  trainVae(data, presets.linear)
  // @ts-expect-error No such set.
  datasets.load('cifar')
  const beta: Beta = 4
  const options: TrainOptions = { beta, estimator: { type: 'reparameterization', samples: 2 } }
  trainVae(data, options)

  // The task determines the fields of the result.
  const steps = await bench(data, { steps: 10, path: 'reference' })
  is<Equal<typeof steps, TrainBench>>()
  const { p5MillisecondsPerStep, fmaPeakGflops } = steps
  is<Equal<typeof fmaPeakGflops, number | undefined>>()
  const bound = await bench(data, { task: 'likelihood', draws: 10 })
  is<Equal<typeof bound, LikelihoodBench>>()
  // @ts-expect-error An evaluation has no steps.
  ;(await bench(data, { task: 'evaluate', examples: p5MillisecondsPerStep })).millisecondsPerStep
  const narrow = (result: BenchResult) => (result.task === 'train' ? result.medianMillisecondsPerStep : result.seconds)
  narrow(bound)

  // Units and tables.
  const { scale } = vae
  if (scale.type === 'standardize') scale.mean.map((value, j) => value + (scale.deviation[j] ?? 0))
  // @ts-expect-error Only a scale to [0, 1] has a minimum.
  scale.minimum
  await vae.reconstruct(data, { units: 'model' })
  // @ts-expect-error There are two units.
  await vae.sample(1, { units: 'pixels' })
  is<Equal<typeof vae.columns, readonly string[] | undefined>>()
  if (vae.data.part?.type === 'split') vae.data.part.heldBack satisfies boolean
  await datasets.open('table.csv', { ...vae.data.reading, separator: ';', decimal: ',' })

  // Small things.
  for (const row of rows(mean)) row.subarray(1)
  const shape: ExampleShape = datasets.fromArray([[0, 1]], { labels: [3] }).shape
  datasets.fromArray([[0, 1]], { labels: ['three'] })
  const size: number = shape.reduce((product: number, length) => product * length, 1)
  const grid: Tensor = toGrid(await vae.sample(size))
  toPng(grid)
  toAnsi(grid, { columns: 4, range: [0, 4000] })
  const failure = new VaeError({ code: 'ERR_VAE_IO', message: 'No.' })
  is<Equal<typeof failure.option, string | undefined>>()
  return { any, iterable, forgotten }
}

export function ending(event: TrainingEvent): EndEvent | undefined {
  switch (event.type) {
    case 'step':
      event.coalesced.toFixed()
      return undefined
    case 'end':
      return event
    default:
      // @ts-expect-error Only the end has a status.
      event.status
      return undefined
  }
}

test('the front door has these values and no others', async (t) => {
  const values = Object.keys(await import('../index.js')).sort()
  t.deepEqual(values, [
    'VaeError',
    'bench',
    'datasets',
    'defaults',
    'getBackends',
    'loadVae',
    'optionTable',
    'presets',
    'rows',
    'sweep',
    'toAnsi',
    'toGrid',
    'toPng',
    'trainVae',
    'version',
  ])
})

test('the type of what a sweep varies names the options that the core varies', (t) => {
  const varied: Record<Varied, true> = {
    latentDim: true,
    hiddenDims: true,
    activation: true,
    initialization: true,
    posterior: true,
    prior: true,
    likelihood: true,
    beta: true,
    estimator: true,
    epochs: true,
    batchSize: true,
    learningRate: true,
    adam: true,
    earlyStopping: true,
    keep: true,
  }
  const known = optionTable.filter(({ sweep }) => sweep !== undefined)
  t.deepEqual(
    known.map(({ name }) => name as string),
    Object.keys(varied),
  )
})
