// Posteriors, priors and estimators besides the usual ones, through the API.
import { join } from 'node:path'
import test from 'ava'
import { type Estimator, loadVae, type TrainOptions, trainVae } from '../index.js'
import { fewDigits, small, temporaryFolder } from './fixtures/digits.js'

const { train, test: held } = await fewDigits()

test('an encoding says what its family has', async (t) => {
  const options = { ...small, latentDim: 3, epochs: 1 }
  const gaussian = await (await trainVae(train, options)).encode(held)
  t.deepEqual(Object.keys(gaussian), ['posterior', 'mean', 'logVar'])

  const laplace = await (await trainVae(train, { ...options, posterior: 'laplace' })).encode(held)
  t.deepEqual([laplace.posterior, laplace.mean.shape, laplace.logScale.shape], ['laplace', [100, 3], [100, 3]])

  const prior = { low: -2, high: 6 }
  const uniform = await (await trainVae(train, { ...options, posterior: 'uniform', prior })).encode(held)
  t.deepEqual(Object.keys(uniform), ['posterior', 'mean', 'low', 'high'])
  for (const [i, mean] of uniform.mean.data.entries()) {
    const [low = 0, high = 0] = [uniform.low.data[i], uniform.high.data[i]]
    t.true(prior.low <= low && low < high && high <= prior.high)
    t.true(Math.abs(mean - (low + high) / 2) < 1e-5)
  }

  const point = await (await trainVae(train, { ...options, posterior: 'deterministic' })).encode(held)
  t.deepEqual(Object.keys(point), ['posterior', 'mean'])
})

test('every family is trained by the fused path, measured, saved and loaded to the bit', async (t) => {
  const path = join(await temporaryFolder(t), 'model.safetensors')
  for (const posterior of ['laplace', 'uniform'] as const) {
    const prior = posterior === 'uniform' ? { low: 0, high: 1 } : { location: 1, scale: 0.5 }
    const options: TrainOptions = { ...small, epochs: 20, learningRate: 3e-3, posterior, prior }
    const run = trainVae(train, options)
    t.is((await run.started).engine.path, 'fused')
    const vae = await run
    const [first, last] = [run.history[0], run.history.at(-1)]
    t.true(first !== undefined && last !== undefined && last.train.loss < first.train.loss)
    const { elbo } = await vae.evaluate(held)
    const bound = await vae.logLikelihood(held, { samples: 200 })
    t.true(bound.mean > elbo, `${posterior}: ${bound.mean} and ${elbo}`)
    await vae.save(path)
    const loaded = await loadVae(path)
    t.is(loaded.posterior, posterior)
    t.deepEqual(loaded.config.prior, prior as object)
    t.deepEqual((await loaded.encode(held)).mean, (await vae.encode(held)).mean)
    t.deepEqual(await loaded.sample(4, { seed: 2 }), await vae.sample(4, { seed: 2 }))
  }
})

test('samples come from the prior unless another mean or deviation is said', async (t) => {
  const vae = await trainVae(train, { ...small, epochs: 1, latentDim: 2, prior: { location: 3, scale: 0.25 } })
  const prior = await vae.sample(8, { seed: 5 })
  t.deepEqual(await vae.sample(8, { seed: 5, mean: 3, standardDeviation: 0.25 }), prior)
  t.notDeepEqual(await vae.sample(8, { seed: 5, mean: 0 }), prior)
})

test('the KL of the draws stays near its closed form, and the score function reports its path', async (t) => {
  const run = async (estimator: Estimator) => {
    const run = trainVae(train, { ...small, epochs: 5, estimator })
    await run
    const loss = run.history.at(-1)?.train.loss ?? Number.NaN
    return { loss, engine: (await run.started).engine }
  }
  const analytic = await run({ type: 'reparameterization' })
  const drawn = await run({ type: 'reparameterization', kl: 'monte-carlo' })
  t.is(drawn.engine.path, 'fused')
  t.not(drawn.loss, analytic.loss)
  t.true(Math.abs(drawn.loss - analytic.loss) < 5, `${drawn.loss}, ${analytic.loss}`)
  const score = await run({ type: 'score-function', samples: 4, baseline: true })
  t.like(score.engine, { path: 'reference', reason: 'the score-function estimator has no fused form' })
  t.true(score.loss < 544)
})

test('the slip of Keras posts is what training follows and not what validation measures', async (t) => {
  const estimator: Estimator = { type: 'reparameterization', kl: 'keras-slip' }
  const run = trainVae(train, { ...small, epochs: 20, learningRate: 3e-3, estimator, validation: held })
  t.like((await run.started).engine, { path: 'reference', reason: 'the keras-slip KL has no fused form' })
  const vae = await run
  t.deepEqual(vae.config.estimator, { type: 'reparameterization', samples: 1, kl: 'keras-slip' })
  const last = run.history.at(-1)
  t.is(last?.validation?.kl, (await vae.evaluate(held)).kl)
  const { mean, logVar } = await vae.encode(held)
  const kl = mean.data.reduce((sum, μ, i) => {
    const s = logVar.data[i] ?? Number.NaN
    return sum + (μ * μ + Math.expm1(s) - s) / 2
  }, 0)
  t.true(Math.abs((last?.validation?.kl ?? 0) - kl / held.length) < 1e-3)
})

test('invalid combinations are refused with the reason and the alternative', (t) => {
  const refusals: [object, string][] = [
    [
      { posterior: 'uniform', estimator: { type: 'score-function' } },
      'estimator.type: expected \'reparameterization\', as the support of a uniform posterior moves with its parameters, which a score function does not see, got "score-function".',
    ],
    [
      { posterior: 'deterministic', estimator: { type: 'score-function' } },
      'estimator: expected nothing, as a deterministic posterior has nothing to sample, got {"type":"score-function"}.',
    ],
    [
      { estimator: { type: 'importance-weighted', samples: 5 } },
      "estimator.type: expected 'reparameterization' or 'score-function', got \"importance-weighted\"; train with one of those, and measure with logLikelihood({ samples }).",
    ],
    [
      { estimator: { type: 'score-function', kl: 'analytic' } },
      'estimator.kl: expected nothing, as the score function takes both terms from its draws, got "analytic".',
    ],
    [
      { estimator: { type: 'reparameterization', baseline: true } },
      'estimator.baseline: expected nothing, as only the score function subtracts one, got true.',
    ],
    [
      { estimator: { type: 'reparameterization', kl: 'exact' } },
      "estimator.kl: expected 'analytic', 'monte-carlo' or 'keras-slip', got \"exact\".",
    ],
    [
      { posterior: 'laplace', estimator: { type: 'reparameterization', kl: 'keras-slip' } },
      "estimator.kl: expected 'analytic' or 'monte-carlo', as the slip takes ln σ for ln σ², which only a gaussian posterior has, got \"keras-slip\".",
    ],
    [{ posterior: 'uniform', prior: { low: 1, high: 1 } }, 'prior.high: expected a number above low, 1, got 1.'],
    [{ posterior: 'uniform', prior: { scale: 2 } }, 'prior.scale: there is no such option.'],
    [{ prior: { scale: 0 } }, 'prior.scale: expected a number above 0, got 0.'],
    [
      { posterior: 'deterministic', prior: { scale: 2 } },
      'prior: expected nothing, as a deterministic posterior has no prior, got {"scale":2}.',
    ],
    [
      { posterior: 'deterministic', beta: { type: 'target-kl', nats: 5 } },
      'beta: expected a number, as a deterministic posterior has no KL to hold, got {"type":"target-kl","nats":5}.',
    ],
  ]
  for (const [options, message] of refusals) {
    t.throws(() => trainVae(train, options), { code: 'ERR_VAE_OPTION', message })
  }
})
