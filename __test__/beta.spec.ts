// β through the API: a number, a schedule or a constraint, changed during training.
import test from 'ava'
import { type Control, datasets, loadVae, type TrainOptions, trainVae } from '../index.js'
import { fewDigits, small, temporaryFolder } from './fixtures/digits.js'

const { train } = await fewDigits()

test('events show the path of a schedule', async (t) => {
  const run = trainVae(train, { ...small, epochs: 3, beta: { type: 'linear', from: 0, to: 4, epochs: 2 } })
  const { effectiveBeta } = await run.started
  t.is(effectiveBeta, 0)
  await run
  // 8 steps per epoch: the last of each is at 7/16 and 15/16 of the schedule.
  t.deepEqual(
    run.history.map((epoch) => epoch.train.beta),
    [1.75, 3.75, 4],
  )
})

test('a constraint holds the KL, and its β is found', async (t) => {
  const options: TrainOptions = {
    ...small,
    epochs: 150,
    learningRate: 3e-3,
    beta: { type: 'target-kl', nats: 3, rate: 0.01 },
  }
  const run = trainVae(train, options)
  const vae = await run
  const last = run.history.at(-1)
  t.true(last !== undefined && Math.abs(last.train.kl - 3) < 0.1 && last.train.beta > 0, JSON.stringify(last?.train))
  t.deepEqual(vae.config.beta, { type: 'target-kl', nats: 3, rate: 0.01 })
})

test('any rule can be set during training, is reported, and is kept by a checkpoint', async (t) => {
  const out = await temporaryFolder(t)
  const options = { ...small, epochs: 100_000, probe: false, out } as const
  const run = trainVae(train, options)
  const control = await run.setBeta({ type: 'cosine', from: 2, to: 6, epochs: 3 })
  t.like(control, { name: 'beta', from: 1, to: 2, rule: { type: 'cosine', from: 2, to: 6, epochs: 3 } })
  const constrained = await run.setBeta({ type: 'target-kl', nats: 5 })
  t.like(constrained.rule, { type: 'target-kl', nats: 5 })
  t.is(constrained.to, constrained.from)
  await t.throwsAsync(run.setBeta({ type: 'target-kl', nats: -5 }), {
    code: 'ERR_VAE_OPTION',
    message: 'beta.nats: expected a number from 0 up, got -5.',
  })
  await run.stop()
  const resumed = trainVae(train, { ...options, resume: true })
  const controls: Control[] = []
  for await (const event of resumed.events('step')) {
    // Neither the 1 of the options nor constant.
    t.not(event.train.beta, 1)
    break
  }
  const plain = await resumed.setBeta(7)
  controls.push(plain)
  t.is(plain.to, 7)
  t.is(plain.rule, undefined)
  await resumed.stop()
  t.is((await loadVae(out)).trained.beta, 7)
})

test('an invalid rule is refused immediately', async (t) => {
  const { train } = await datasets.load('digits')
  t.throws(() => trainVae(train, { beta: { type: 'target-kl', nats: 5 }, keep: 'best' }), {
    code: 'ERR_VAE_OPTION',
    message: 'keep: expected \'last\', as losses at different β say nothing about each other, got "best".',
  })
  t.throws(() => trainVae(train, { beta: { type: 'target-kl', nats: 5, epochs: 3 } as unknown as number }), {
    message: 'beta.epochs: there is no such option.',
  })
})
