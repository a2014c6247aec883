// Cases of the table. A case is one or more setups and the contenders measured on them; the first contender is the
// baseline. One setup gives a table with a row per contender, several a table with a row per setup.
import { availableParallelism } from 'node:os'
import { reference } from './contenders.mjs'

const allContenders = [
  'vae-native',
  'vae-native, zeros skipped',
  'JAX scan',
  'JAX jit',
  'PyTorch fused Adam',
  'PyTorch eager',
  'PyTorch compile',
  'candle',
  'TensorFlow.js node',
  'TensorFlow.js wasm',
]
/** Contenders of tasks without Adam, where the variants of training make little difference. */
const withoutUpdates = [
  'vae-native',
  'JAX scan',
  'PyTorch compile',
  'PyTorch eager',
  'candle',
  'TensorFlow.js node',
  'TensorFlow.js wasm',
]
/** Best contender of each library, for sweeps over one option. */
const best = ['vae-native', 'JAX scan', 'PyTorch fused Adam']

const single = (setup) => ({ setups: { '': { ...reference, ...setup } } })
const sweep = (option, values) => ({
  option,
  setups: Object.fromEntries(values.map((value) => [value, { ...reference, [option]: value }])),
})

/** 1, 2, 4, … and the number of cores. */
function threadCounts() {
  const cores = availableParallelism()
  const powers = Array.from({ length: Math.ceil(Math.log2(cores)) }, (_, i) => 2 ** i)
  return [...powers, cores]
}

export const cases = {
  reference: {
    title: 'Training 784-400-20-400-784, MNIST, batch 128',
    contenders: allContenders,
    ...single({}),
  },
  deep: {
    title: 'Training 784-512-256-2-256-512-784, MNIST, batch 128',
    contenders: allContenders,
    ...single({ hiddenDims: [512, 256], latentDim: 2 }),
  },
  dsprites: {
    title: 'Training 4096-1200-1200-10-1200-1200-4096, a grid of dSprites, batch 128',
    contenders: allContenders,
    ...single({ data: 'dsprites', hiddenDims: [1200, 1200], latentDim: 10 }),
  },
  batch: {
    title: 'Training by batch size',
    contenders: best,
    ...sweep('batchSize', [32, 64, 128, 256, 512, 1024, 2048]),
  },
  latent: {
    title: 'Training by dimensions of z',
    contenders: best,
    ...sweep('latentDim', [2, 5, 10, 20, 50, 100, 200]),
  },
  samples: {
    title: 'Training by draws of z per example',
    contenders: best,
    ...sweep('samples', [1, 2, 4, 8, 16]),
  },
  threads: {
    title: 'Training by threads',
    contenders: best,
    ...sweep('threads', threadCounts()),
  },
  evaluate: {
    title: 'ELBO of the 10,000 test images',
    contenders: withoutUpdates,
    ...single({ task: 'evaluate' }),
  },
  likelihood: {
    title: 'Log-likelihood of test images, 5,000 draws each',
    contenders: withoutUpdates,
    ...single({ task: 'likelihood', samples: 5000 }),
  },
  avx2: {
    title: 'Training as on a processor without AVX-512',
    contenders: ['vae-native avx2', 'vae-native, zeros skipped, avx2', 'JAX scan avx2', 'PyTorch fused Adam avx2'],
    ...single({}),
  },
  isa: {
    title: 'Training by vector instructions',
    contenders: ['vae-native', 'vae-native avx512', 'vae-native avx2', 'vae-native scalar'],
    ...single({}),
  },
}
