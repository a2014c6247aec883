import type { TrainOptions } from './options.js'

/**
 * Options of published models, as plain objects: `{ ...presets.paper, beta: 5 }`.
 *
 * - `paper`: the 2-d model whose latent plane the β-VAE figures show.
 * - `pytorch-example`: 784-400-20, the VAE of PyTorch's examples; −ELBO 105.5 on MNIST's test images.
 * - `linear`: no hidden layers and a gaussian likelihood of σ² = 1; its solution has a closed form (PPCA).
 */
export const presets = {
  paper: { latentDim: 2, hiddenDims: [512, 256], likelihood: 'bernoulli', beta: 1, epochs: 20 },
  'pytorch-example': {
    latentDim: 20,
    hiddenDims: [400],
    activation: 'relu',
    initialization: 'torch',
    likelihood: 'bernoulli',
    beta: 1,
    epochs: 10,
    batchSize: 128,
    learningRate: 1e-3,
  },
  linear: { latentDim: 2, hiddenDims: [], likelihood: { type: 'gaussian', variance: 1 } },
} as const satisfies Record<string, TrainOptions<'gaussian'>>
