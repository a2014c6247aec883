// vae-native sweep: its flags, its output, and the files in its folder.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import anyTest from 'ava'
import { InvalidArgumentError } from 'commander'
import { execa } from 'execa'
import { addVary, valueText } from '../cli/flags/vary.js'
import { pointsOf, spreadOf } from '../cli/runs/sweep-points.js'
import { optionTable, type Trial } from '../index.js'

// One at a time, because each test starts a process that uses all cores.
const test = anyTest.serial

const program = fileURLToPath(new URL('../dist/cli/cli.js', import.meta.url))
const at = await mkdtemp(join(tmpdir(), 'vae-native-cli-sweep-'))
anyTest.after.always(() => rm(at, { recursive: true, force: true }))

function run(...args: string[]) {
  return execa(process.execPath, [program, ...args], { cwd: at, reject: false })
}

/** Reads a file of the tests' folder. */
const text = (...path: string[]) => readFile(join(at, ...path), 'utf8')

const small = '--epochs 2 --hidden-dims 16 --batch-size 500'.split(' ')
const grid = [...'sweep --vary beta=0,1,5 --vary latent-dim=2,4 --seeds 2'.split(' '), ...small]

test('what is varied is typed as lists and ranges', (t) => {
  const typed = (...texts: string[]) => texts.reduce((before, text) => addVary(text, before), {})
  t.deepEqual(typed('beta=0,1,linear:0:4:10', 'latent-dim=2..32:step=2'), {
    beta: [0, 1, { type: 'linear', from: 0, to: 4, epochs: 10 }],
    latentDim: { low: 2, high: 32, step: 2 },
  })
  t.deepEqual(typed('learningRate=1e-4..1e-2:log', 'hidden-dims=400,512x256,none'), {
    learningRate: { low: 1e-4, high: 1e-2, log: true },
    hiddenDims: [[400], [512, 256], []],
  })
  t.deepEqual(typed('likelihood=bernoulli,gaussian:0.5,gaussian:learned', 'activation=relu,tanh'), {
    likelihood: ['bernoulli', { type: 'gaussian', variance: 0.5 }, { type: 'gaussian', variance: 'learned' }],
    activation: ['relu', 'tanh'],
  })
  // An option whose parts have flags: its kind, if it has one, and the parts.
  t.deepEqual(typed('estimator=score-function:baseline:samples:4,reparameterization', 'prior=0x1,0x2'), {
    estimator: [{ type: 'score-function', baseline: true, samples: 4 }, { type: 'reparameterization' }],
    prior: [
      [0, 1],
      [0, 2],
    ],
  })
  t.deepEqual(typed('adam=beta1:0.5,beta1:0.8:weight-decay:0.01', 'early-stopping=patience:3:min-delta:0.5'), {
    adam: [{ beta1: 0.5 }, { beta1: 0.8, weightDecay: 0.01 }],
    earlyStopping: [{ patience: 3, minDelta: 0.5 }],
  })
  t.deepEqual(typed('learning-rate=1e-3,cosine:1e-3:0:10'), {
    learningRate: [1e-3, { type: 'cosine', from: 1e-3, to: 0, epochs: 10 }],
  })
  const refused: [RegExp, string[]][] = [
    [/expected one of beta1, .*, weight-decay, each followed by : and its value, got beta3:1$/, ['adam=beta3:1']],
    [/expected a value after beta1:, got beta1$/, ['adam=beta1']],
    [/expected NAME=VALUES/, ['beta']],
    [/expected NAME=VALUES/, ['beta=']],
    [/expected one of latent-dim, hidden-dims, .* before the =, got bet$/, ['bet=1']],
    [/expected each option once, got beta twice/, ['beta=1', 'beta=2']],
    [/expected a range such as/, ['beta=1..2..3']],
    [/expected a range such as/, ['beta=1..2:lag']],
    [/expected a number, got two/, ['latent-dim=2,two']],
  ]
  for (const [message, texts] of refused) t.throws(() => typed(...texts), { instanceOf: InvalidArgumentError, message })
  for (const [name, text] of [
    ['beta', 'linear:0:4:10'],
    ['hiddenDims', '512x256'],
    ['hiddenDims', 'none'],
    ['likelihood', 'gaussian:learned'],
    ['latentDim', '3'],
    ['learningRate', 'step:0.01:0.5:5'],
    ['adam', 'beta1:0.8:weight-decay:0.01'],
    ['earlyStopping', 'patience:3'],
    ['estimator', 'score-function:baseline:samples:4'],
    ['prior', '0x2'],
  ] as const) {
    const [value] = (addVary(`${name}=${text}`) as Record<string, unknown[]>)[name] ?? []
    t.is(valueText(name, value), text)
  }
  t.is(valueText('estimator', { type: 'score-function', samples: 1, baseline: false }), 'score-function:samples:1')
})

test('every option that the core varies can be typed, a number as a range too', (t) => {
  for (const { name, sweep } of optionTable) {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    if (sweep === undefined) {
      t.throws(() => addVary(`${flag}=1,2`), { message: /^expected one of latent-dim, / }, name)
    } else if (sweep !== 'choice') {
      t.deepEqual(addVary(`${flag}=1..2`), { [name]: { low: 1, high: 2 } })
    } else {
      const texts = { prior: '0x1', adam: 'beta1:0.5', earlyStopping: 'patience:1', hiddenDims: '3' }
      t.deepEqual(Object.keys(addVary(`${flag}=${texts[name as keyof typeof texts] ?? 'word'}`)), [name])
    }
  }
})

test('points have means and standard deviations over their seeds', (t) => {
  const trial = (number: number, beta: number, elbo: number, state: Trial['state'] = 'complete'): Trial => {
    const losses = { elbo, loss: 0, reconstruction: 0, kl: 0 }
    return { number, params: { beta }, seed: number, state, losses, intermediate: [], folder: '' }
  }
  const trials = [
    trial(0, 1, -2),
    trial(1, 1, -4),
    trial(2, 5, -9),
    trial(3, 5, -1, 'pruned'),
    trial(4, 7, 0, 'waiting'),
  ]
  const [first, second, ...more] = pointsOf(trials)
  t.deepEqual(more, [])
  t.like(first, { params: { beta: 1 }, others: 0 })
  // −2 and −4 have mean −3 and deviation √((1² + 1²)/(2 − 1)) = √2.
  t.deepEqual(first && spreadOf(first, 'elbo'), { mean: -3, sd: Math.SQRT2 })
  t.like(second, { params: { beta: 5 }, others: 1 })
  t.deepEqual(second && spreadOf(second, 'elbo'), { mean: -9, sd: Number.NaN })
})

test('a sweep prints its trials as lines, and leaves its results as files and a page', async (t) => {
  const { exitCode, stdout, stderr } = await run(...grid, '--out', 'first')
  t.is(exitCode, 0, stderr)
  t.regex(stderr, /^12 trials, \d+ (at once|at a time)/)
  t.regex(stderr, /▸ 0011 {2}beta 5 {2}latent-dim 4 {2}seed 2\n/)
  t.is(stderr.match(/✔ \d{4} {2}−ELBO [\d.,]+ = reconstruction/g)?.length, 12)
  t.regex(stdout, /^ +beta +latent-dim +n +−ELBO +reconstruction +KL\n★ /)
  t.is(stdout.match(/ ± /g)?.length, 6 * 3)
  t.regex(stdout, /✔ 12 trials\n {2}best first\/trials\/\d{4}/)
  const table = (await text('first/results.csv')).trimEnd().split('\n')
  t.is(table[0], 'trial,state,beta,latent-dim,seed,epochs,elbo,loss,reconstruction,kl,error')
  t.deepEqual(
    table.slice(1).map((row) => row.split(',').slice(0, 6).join(' ')),
    [0, 1, 5].flatMap((beta, b) =>
      [2, 4].flatMap((d, l) => [1, 2].map((seed, s) => `${b * 4 + l * 2 + s} complete ${beta} ${d} ${seed} 2`)),
    ),
  )
  const results = JSON.parse(await text('first/results.json'))
  t.like(results, { v: 1, objective: 'elbo', trials: { length: 12 } })
  t.like(results.trials[results.best], { state: 'complete', folder: `trials/${String(results.best).padStart(4, '0')}` })

  const report = await run('report', 'first')
  t.is(report.exitCode, 0, report.stderr)
  const page = await text('first/report.html')
  t.regex(page, /<h2>The sweep<\/h2>/)
  t.regex(page, /12 trials of 12: 12 complete\./)
  t.regex(page, /Rate and distortion/)
  t.like(JSON.parse(await text('first/figures/rate-distortion.json')), {
    data: { trials: { length: 12 }, front: results.pareto },
  })
})

test('with --json each event is a line', async (t) => {
  const { exitCode, stdout } = await run(
    'sweep',
    '--vary',
    'learning-rate=1e30,1e-3',
    ...small,
    '--out',
    'json',
    '--json',
  )
  t.is(exitCode, 0)
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.like(events[0], { v: 1, type: 'start', trials: 2, ended: 0 })
  t.like(events.at(-1), { type: 'end', status: 'completed', best: { number: 1, params: { learningRate: 1e-3 } } })
  t.deepEqual(
    events.filter(({ type }) => type === 'epoch').map(({ trial, epoch }) => [trial, epoch]),
    [
      [1, 1],
      [1, 2],
    ],
  )
  const failed = events.find(({ type, trial }) => type === 'trial' && trial.state === 'failed')
  t.like(failed.trial, { number: 0, error: { code: 'ERR_VAE_DIVERGED' } })
})

test('a sweep whose trials have all failed says so', async (t) => {
  const { exitCode, stdout, stderr } = await run('sweep', '--vary', 'learning-rate=1e30', ...small, '--out', 'failed')
  t.is(exitCode, 1)
  t.regex(stderr, /✖ 0000 {2}the loss of step \d+ is not finite/)
  t.regex(stdout, /✔ 1 trial, 1 failed\n/)
})

test('a sweep that is interrupted is continued by its folder alone, to the same results', async (t) => {
  const options = (epochs: number) => [...grid, '--validation', '0.1', '--epochs', `${epochs}`]
  /** Interrupts a sweep as soon as it has reported its fourth trial. */
  const interrupted = async (epochs: number, out: string) => {
    const sweeping = run(...options(epochs), '--out', out)
    let output = ''
    sweeping.stderr.on('data', function stop(text: Buffer) {
      output += text
      if (!output.includes('✔ 0003')) return
      // A second signal would not wait for the checkpoints.
      sweeping.stderr.off('data', stop)
      sweeping.kill('SIGINT')
    })
    return sweeping
  }
  // The number of epochs needed to interrupt it midway depends on the machine.
  let [epochs, parts] = [4, 'parts-4']
  let first = await interrupted(epochs, parts)
  while (first.exitCode === 0) {
    epochs *= 4
    parts = `parts-${epochs}`
    first = await interrupted(epochs, parts)
  }
  t.is(first.exitCode, 130)
  const message = new RegExp(`■ (\\d+) of 12 trials done\\. Continue: vae-native sweep --resume ${parts}$`)
  t.regex(first.stderr, message)
  const done = Number(message.exec(first.stderr)?.[1])
  t.true(done >= 3 && done < 12)
  t.is(first.stderr.match(/▸ 0000/g)?.length, 1)
  const second = await run('sweep', '--resume', parts)
  t.is(second.exitCode, 0, second.stderr)
  t.regex(second.stderr, new RegExp(`^12 trials, ${done} of them done before`))
  t.like(await run(...options(epochs), '--out', 'whole', '--quiet'), { exitCode: 0 })
  for (const file of ['results.csv', 'results.json']) t.is(await text(parts, file), await text('whole', file))
  const third = await run('sweep', '--resume', parts, '--epochs', `${epochs + 1}`)
  t.is(third.exitCode, 2)
  t.regex(third.stderr, /^✖ --epochs: the study to continue was started with another option: expected \d+, got \d+/)
})

test('what is wrong on the command line gets a sentence', async (t) => {
  for (const [args, message] of [
    ['--vary beta=-1', /^✖ --vary beta: expected a number from 0 up.*, got -1\.$/m],
    [
      '--vary learning-rate=0..1 --trials 2',
      /^✖ --vary learning-rate: expected a number above 0, or an object with 'type', got 0\.0\.$/m,
    ],
    ['--vary beta=0..1', /^✖ --trials: expected a number of trials, as only a grid has an end, got nothing\.$/m],
    ['--vary bet=1', /^✖ --vary: expected one of latent-dim, .*, beta, /m],
    ['--sampler gird', /^✖ --sampler: expected one of grid, random, quasi-random, tpe, got gird/m],
    ['--pruner-min-trials 3', /^✖ --pruner-warmup-epochs and --pruner-min-trials belong to --pruner median$/m],
    ['--resume nowhere', /^✖ nowhere: there is no sweep to continue, study\.jsonl is missing$/m],
    ['--resume', /^✖ --resume: which sweep\?/m],
  ] as const) {
    const { exitCode, stderr } = await run('sweep', ...args.split(' '))
    t.is(exitCode, 2, args)
    t.regex(stderr, message)
  }
})
