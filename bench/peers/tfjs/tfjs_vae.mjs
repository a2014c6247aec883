// The reference VAE in TensorFlow.js, written as its users write it. Options and the line of JSON at the end are those
// of the Python peers (../common.py).
//
// wasm  the WebAssembly backend with SIMD, which installs everywhere. The library switches its threads off in Node.
// node  libtensorflow through @tensorflow/tfjs-node, if its install script could download it
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import * as tf from '@tensorflow/tfjs'

/** Steps before the clock starts; the other tasks use the model as these leave it. */
const warmUp = 30
const defaultSteps = { train: 938, evaluate: 10, likelihood: 1000 }

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    variant: { type: 'string', default: 'wasm' },
    task: { type: 'string', default: 'train' },
    'hidden-dims': { type: 'string', default: '400' },
    'latent-dim': { type: 'string', default: '20' },
    'batch-size': { type: 'string', default: '128' },
    samples: { type: 'string' },
    threads: { type: 'string' },
    steps: { type: 'string' },
  },
})
const steps = Number(values.steps ?? defaultSteps[values.task])
const draws = Number(values.samples ?? 5000)
const samples = values.task === 'likelihood' ? 1 : Number(values.samples ?? 1)
const hiddenDims = values['hidden-dims'].split(',').map(Number)
const latentDim = Number(values['latent-dim'])
const batchSize = Number(values['batch-size'])

if (values.variant === 'node') {
  await import('@tensorflow/tfjs-node')
} else {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(join(dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm'))), '/'))
  // If it cannot start, the library falls back to plain JavaScript with a warning.
  if (!(await tf.setBackend('wasm'))) throw new Error('the WebAssembly backend does not start')
}
await tf.ready()

/** U(±1/√fan_in) for weights and bias, as in PyTorch. */
function linear(inputs, outputs) {
  const bound = inputs ** -0.5
  return {
    weight: tf.variable(tf.randomUniform([inputs, outputs], -bound, bound)),
    bias: tf.variable(tf.randomUniform([outputs], -bound, bound)),
  }
}

const dense = (x, { weight, bias }) => tf.add(tf.matMul(x, weight), bias)
const hidden = (x, layers) => layers.reduce((h, layer) => tf.relu(dense(h, layer)), x)

class Vae {
  constructor(pixels) {
    const layers = (widths) => widths.slice(1).map((width, i) => linear(widths[i], width))
    this.encoder = layers([pixels, ...hiddenDims])
    this.mean = linear(hiddenDims.at(-1), latentDim)
    this.logVariance = linear(hiddenDims.at(-1), latentDim)
    this.decoder = layers([latentDim, ...hiddenDims.toReversed()])
    this.output = linear(hiddenDims[0], pixels)
  }

  encode(x) {
    const h = hidden(x, this.encoder)
    return [dense(h, this.mean), dense(h, this.logVariance)]
  }

  decode(z) {
    return dense(hidden(z, this.decoder), this.output)
  }

  /** Mean over the batch, with `samples` draws of z per example. */
  negativeElbo(x) {
    const [mean, logVariance] = this.encode(x)
    const repeat = (t) => (samples === 1 ? t : tf.tile(t, [samples, 1]))
    const noise = tf.randomNormal([x.shape[0] * samples, latentDim])
    const z = tf.add(repeat(mean), tf.mul(tf.exp(tf.mul(repeat(logVariance), 0.5)), noise))
    const logits = this.decode(z)
    const crossEntropy = tf.div(tf.sum(tf.sub(softplus(logits), tf.mul(logits, repeat(x)))), samples)
    const kl = tf.sum(tf.sub(tf.sub(tf.add(logVariance, 1), tf.square(mean)), tf.exp(logVariance)))
    return tf.div(tf.sub(crossEntropy, tf.mul(kl, 0.5)), x.shape[0])
  }

  /** ln p(x) of one image, shape [1, D]: the mean of p(x, z) / q(z|x) over draws from q, in chunks that fit a cache. */
  logLikelihood(x, chunk = 500) {
    const [mean, logVariance] = this.encode(x)
    const deviation = tf.exp(tf.mul(logVariance, 0.5))
    const ratios = []
    for (let start = 0; start < draws; start += chunk) {
      const ratio = tf.tidy(() => {
        const noise = tf.randomNormal([Math.min(chunk, draws - start), latentDim])
        const z = tf.add(mean, tf.mul(deviation, noise))
        const logits = this.decode(z)
        const logX = tf.sub(tf.squeeze(tf.matMul(logits, x, false, true), [1]), tf.sum(softplus(logits), 1))
        const densities = tf.sum(tf.add(tf.sub(tf.square(noise), tf.square(z)), logVariance), 1)
        return tf.add(logX, tf.mul(densities, 0.5))
      })
      ratios.push(ratio)
    }
    return tf.sub(tf.logSumExp(tf.concat(ratios)), Math.log(draws))
  }
}

/** ln(1 + exp(l)) without overflow. */
function softplus(logits) {
  return tf.add(tf.relu(logits), tf.log(tf.add(tf.exp(tf.neg(tf.abs(logits))), 1)))
}

/** Reads the images as float32 rows in [0, 1], whole in memory. */
function readImages(split) {
  const bytes = gunzipSync(readFileSync(join(values.data, `${split}-images-idx3-ubyte.gz`))).subarray(16)
  return tf.tensor2d(
    Float32Array.from(bytes, (byte) => byte / 255),
    [bytes.length / 784, 784],
  )
}

/** Endless shuffled epochs, each with its last, smaller batch. */
function* shuffledBatches(images) {
  const order = Int32Array.from({ length: images.shape[0] }, (_, i) => i)
  while (true) {
    tf.util.shuffle(order)
    for (let start = 0; start < order.length; start += batchSize) yield order.subarray(start, start + batchSize)
  }
}

const times = []
/** Runs and times one step; frees its allocations afterwards. */
function timed(step) {
  const start = performance.now()
  const result = tf.tidy(step)
  times.push(performance.now() - start)
  return result
}

const images = readImages('train')
const vae = new Vae(images.shape[1])
const adam = tf.train.adam(1e-3)
const batches = shuffledBatches(images)
let seen = 0
function trainStep() {
  const rows = batches.next().value
  seen += rows.length
  const x = tf.gather(images, rows)
  return adam.minimize(() => vae.negativeElbo(x), true).dataSync()[0]
}

const tasks = {
  train() {
    let total = 0
    for (let step = 0; step < steps; step++) total += timed(trainStep)
    return { images: seen, meanLoss: total / steps }
  },
  evaluate(passBatch = 1000) {
    const batches = tf.split(readImages('t10k'), 10_000 / passBatch)
    let total = 0
    for (let pass = 0; pass < steps; pass++) {
      total += timed(() => batches.reduce((sum, x) => sum + tf.tidy(() => vae.negativeElbo(x).dataSync()[0]), 0))
    }
    return { images: 10_000 * steps, meanLoss: total / steps / batches.length }
  },
  likelihood() {
    const test = readImages('t10k')
    let total = 0
    for (let row = 0; row < steps; row++) {
      total += timed(() => vae.logLikelihood(tf.slice(test, [row, 0], [1, -1])).dataSync()[0])
    }
    return { images: steps, meanLogLikelihood: total / steps, samples: draws }
  },
}

for (let step = 0; step < warmUp; step++) tf.tidy(trainStep)
seen = 0
const { images: count, ...results } = tasks[values.task]()
const milliseconds = times.reduce((sum, time) => sum + time, 0)
times.sort((a, b) => a - b)
console.log(
  JSON.stringify({
    peer: 'tfjs',
    version: tf.version.tfjs,
    variant: values.variant,
    task: values.task,
    imagesPerSecond: (1e3 * count) / milliseconds,
    millisecondsPerStep: milliseconds / times.length,
    medianMillisecondsPerStep: times[times.length >> 1],
    p5MillisecondsPerStep: times[Math.floor(times.length / 20)],
    ...results,
    threads: values.variant === 'wasm' ? 1 : Number(values.threads),
    peakMemoryMiB: peakMemoryMiB(),
  }),
)

/** Peak resident memory. Not by getrusage on Linux, which counts the parent's memory at exec as ours. */
function peakMemoryMiB() {
  try {
    return Number(readFileSync('/proc/self/status', 'utf8').match(/^VmHWM:\s+(\d+)/m)[1]) / 1024
  } catch {
    return process.resourceUsage().maxRSS / 1024
  }
}
