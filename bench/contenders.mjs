// Contenders and setups. A setup is one piece of work; a contender turns it into a command that does it.
//
// A step is the same for all: one batch and its update (train), one pass over the 10,000 test images (evaluate), or one
// image (likelihood).
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))

/**
 * @typedef {object} Setup
 * @property {'mnist' | 'dsprites'} data
 * @property {'train' | 'evaluate' | 'likelihood'} task
 * @property {number[]} hiddenDims
 * @property {number} latentDim
 * @property {number} batchSize
 * @property {number} samples draws of z per example: L in training and evaluation, K of the likelihood
 * @property {number} [threads] all by default
 */

/** The reference VAE, which all other setups vary. */
export const reference = {
  data: 'mnist',
  task: 'train',
  hiddenDims: [400],
  latentDim: 20,
  batchSize: 128,
  samples: 1,
}

const pixelsOf = { mnist: 28 * 28, dsprites: 64 * 64 }

/** Multiplications and additions in matrix products per image; no gradient flows into the image itself. */
export function flopsPerImage({ data, task, hiddenDims, latentDim, samples }) {
  const pixels = pixelsOf[data]
  const weights = (widths) => widths.slice(1).reduce((sum, width, i) => sum + widths[i] * width, 0)
  const encoder = weights([pixels, ...hiddenDims]) + 2 * hiddenDims.at(-1) * latentDim
  const decoder = weights([latentDim, ...hiddenDims.toReversed(), pixels])
  const forward = 2 * (encoder + samples * decoder)
  return task === 'train' ? 3 * forward - 2 * pixels * hiddenDims[0] : forward
}

/** Number of steps with about `flops` operations: seconds on two good cores. */
function stepsOf(setup, flops) {
  const imagesPerStep = { train: setup.batchSize, evaluate: 10_000, likelihood: 1 }[setup.task]
  const minSteps = { train: 20, evaluate: 2, likelihood: 5 }[setup.task]
  return Math.max(minSteps, Math.round(flops / (flopsPerImage(setup) * imagesPerStep)))
}

/** Options that every contender understands. */
function options(setup, { paths, flops, threads }, pace = 1) {
  return [
    ['--data', paths[setup.data]],
    ['--hidden-dims', setup.hiddenDims],
    ['--latent-dim', setup.latentDim],
    ['--batch-size', setup.batchSize],
    ['--samples', setup.samples],
    ['--threads', setup.threads ?? threads],
    ['--steps', stepsOf(setup, flops * pace)],
    // Left out at its default, so that builds which only train can be measured too.
    ...(setup.task === 'train' ? [] : [['--task', setup.task]]),
  ].flatMap(([name, value]) => [name, String(value)])
}

/** Renames options for the likelihood in our CLI, which has `--examples` and `--draws`. */
function own(options, { task }) {
  const names = task === 'likelihood' ? { '--steps': '--examples', '--samples': '--draws' } : {}
  return options.map((option) => names[option] ?? option)
}

const cli = join(here, '../dist/cli/cli.js')
function ours(sparsity, level, pace) {
  return {
    data: ['mnist', 'dsprites'],
    // A row whose level the processor lacks may be missing.
    required: level === undefined,
    command: (setup, run) => ({
      run: [process.execPath, cli, 'bench', '--json', '--sparsity', sparsity, ...own(options(setup, run, pace), setup)],
      ...(level && { env: { VAE_NATIVE_ISA: level } }),
    }),
    complaint: ({ isa }) => (level && isa !== level ? `asked for ${level}, it ran ${isa}` : undefined),
  }
}

/** Python interpreter with torch and jax. */
const interpreter = process.env.VAE_BENCH_PYTHON ?? 'python3'
function python(script, variant) {
  return {
    data: ['mnist', 'dsprites'],
    command: (setup, run) => ({
      // -B: no __pycache__ beside the sources.
      run: [interpreter, '-B', join(here, 'peers', script), '--variant', variant, ...options(setup, run)],
    }),
  }
}

/** Variables that keep the Python libraries from AVX-512, one per library. */
const avx2Only = {
  XLA_FLAGS: '--xla_cpu_max_isa=AVX2',
  ATEN_CPU_CAPABILITY: 'avx2',
  MKL_ENABLE_INSTRUCTIONS: 'AVX2',
  ONEDNN_MAX_CPU_ISA: 'AVX2',
}
const limited = (contender) => ({
  ...contender,
  command: (setup, run) => ({ ...contender.command(setup, run), env: avx2Only }),
})

function candle() {
  return {
    data: ['mnist', 'dsprites'],
    command: (setup, run) => ({
      // In its folder, where cargo finds its settings.
      run: ['cargo', 'run', '--release', '--quiet', '--', ...options(setup, run, 0.2)],
      cwd: join(here, 'peers/candle'),
    }),
  }
}

function tfjs(variant) {
  return {
    data: ['mnist'],
    command: (setup, run) => ({
      run: [
        process.execPath,
        join(here, 'peers/tfjs/tfjs_vae.mjs'),
        '--variant',
        variant,
        ...options(setup, run, variant === 'wasm' ? 0.05 : 1),
      ],
    }),
  }
}

/** Contenders by their name in the tables. Slow ones do fewer steps, so that a round stays short. */
export const contenders = {
  'vae-native': ours('off'),
  'vae-native, zeros skipped': ours('auto'),
  'JAX scan': python('jax_vae.py', 'scan'),
  'JAX jit': python('jax_vae.py', 'jit'),
  'PyTorch fused Adam': python('torch_vae.py', 'fused'),
  'PyTorch eager': python('torch_vae.py', 'eager'),
  'PyTorch compile': python('torch_vae.py', 'compile'),
  candle: candle(),
  'TensorFlow.js node': tfjs('node'),
  'TensorFlow.js wasm': tfjs('wasm'),
  'vae-native avx512': ours('off', 'avx512'),
  'vae-native avx2': ours('off', 'avx2'),
  'vae-native scalar': ours('off', 'scalar', 0.02),
  'vae-native, zeros skipped, avx2': ours('auto', 'avx2'),
  'JAX scan avx2': limited(python('jax_vae.py', 'scan')),
  'PyTorch fused Adam avx2': limited(python('torch_vae.py', 'fused')),
}
