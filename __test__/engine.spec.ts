// The engine of a run: it is reported, can be forced, is timed, and changes no result.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { execa } from 'execa'
import { bench, datasets, type Isa, type VaeError } from '../index.js'
import { child } from './fixtures/child.js'

const levels: readonly Isa[] = ['scalar', 'avx2', 'avx512', 'neon']
const program = fileURLToPath(new URL('../dist/cli/cli.js', import.meta.url))
const at = await mkdtemp(join(tmpdir(), 'vae-native-engine-'))
test.after.always(() => rm(at, { recursive: true, force: true }))

/** Sizes that no vector width divides, and small ones: the scalar level is hundreds of times slower. */
const odd = { hiddenDims: [13, 7], latentDim: 3, batchSize: 19, epochs: 2, threads: 1 }

/** Trains, and prints the level, every loss, and a hash of the model's outputs. */
const everything = `
  import { createHash } from 'node:crypto'
  const options = ${JSON.stringify({ ...odd, probe: false })}
  for (const likelihood of ['bernoulli', { type: 'gaussian', variance: 'learned' }]) {
    const run = trainVae(train.slice(0, 60), { ...options, likelihood, validation: train.slice(60, 90) })
    for await (const { type, engine, train: losses, validation } of run.events('start', 'epoch')) {
      console.log(type === 'start' ? engine.isa : JSON.stringify([losses, validation]))
    }
    const vae = await run
    const x = train.slice(0, 25)
    const { mean, logVar } = await vae.encode(x)
    const { perExample } = await vae.logLikelihood(x, { samples: 5 })
    const hash = createHash('sha256')
    for (const { data } of [mean, logVar, await vae.reconstruct(x), await vae.sample(3)]) hash.update(data)
    console.log(hash.update(perExample).digest('hex'))
  }`

/** Last sentence of the error for an unavailable level `isa`. */
const refused = (isa: string) => `VAE_NATIVE_ISA: expected a level that this CPU has: (.*), got '${isa}'.`

test('every level that this CPU has gives the same bits, every other one is refused', async (t) => {
  const { stdout } = await child('try { trainVae(train) } catch (error) { console.log(error.message) }', {
    env: { VAE_NATIVE_ISA: 'foo' },
  })
  const listed = new RegExp(`^${refused('foo')}\n$`).exec(stdout)?.[1] ?? ''
  const available = levels.filter((isa) => listed.includes(`'${isa}'`))
  t.true(available.includes('scalar'), stdout)
  const results = new Set<string>()
  for (const isa of available) {
    const ended = await child(everything, { env: { VAE_NATIVE_ISA: isa } })
    t.is(ended.stderr, '', isa)
    const [level, ...result] = ended.stdout.split('\n')
    t.is(level, isa)
    results.add(result.filter((line) => line !== isa).join('\n'))
  }
  t.is(results.size, 1, [...results].join('\n\n'))
  t.regex([...results].join(), /"loss":\d.*\n[0-9a-f]{64}/)
  for (const isa of levels.filter((isa) => !available.includes(isa))) {
    const ended = await child('trainVae(train)', { env: { VAE_NATIVE_ISA: isa } })
    t.is(ended.code, 1)
    t.regex(ended.stderr, new RegExp(refused(isa)))
  }
  t.log(`compared ${available.join(', ')}`)
})

test('a level that this CPU lacks is refused by whatever computes, as an option', async (t) => {
  const path = join(at, 'model.safetensors')
  const { stdout, stderr, code } = await child(
    `
    import { bench } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)}
    const vae = await trainVae(train.slice(0, 50), ${JSON.stringify({ ...odd, probe: false })})
    await vae.save(${JSON.stringify(path)})
    process.env.VAE_NATIVE_ISA = 'avx1024'
    for (const call of [() => trainVae(train), () => bench(train), () => loadVae(${JSON.stringify(path)})]) {
      try { await call() } catch ({ code, option, received }) { console.log(code, option, received) }
    }
    process.env.VAE_NATIVE_ISA = ''
    console.log((await loadVae(${JSON.stringify(path)})).shape.join())`,
    { env: { VAE_NATIVE_ISA: '' } },
  )
  t.is(stderr, '')
  t.is(code, 0)
  t.is(stdout, `${"ERR_VAE_OPTION VAE_NATIVE_ISA 'avx1024'\n".repeat(3)}28,28\n`)
})

/** Runs the built program with a level, in a separate folder. */
function run(isa: string, ...args: string[]) {
  return execa(process.execPath, [program, ...args], { cwd: at, reject: false, env: { VAE_NATIVE_ISA: isa } })
}

test.serial('the command line says so in one sentence, exits with 2, and leaves nothing behind', async (t) => {
  const train = 'train --epochs 1 --hidden-dims 8 --threads 1 --quiet --out'.split(' ')
  const unset = await run('', ...train, 'model')
  t.is(unset.exitCode, 0, unset.stderr)
  for (const args of [
    [...train, 'refused'],
    ['bench', '--steps', '1'],
    ['evaluate', 'model'],
  ]) {
    const { stdout, stderr, exitCode } = await run('foo', ...args)
    t.regex(stderr, new RegExp(`^✖ ${refused('foo')}$`), args[0])
    t.is(stdout, '')
    t.is(exitCode, 2)
  }
  t.false(existsSync(join(at, 'refused')))
  const { stdout } = await run('foo', 'bench', '--json')
  t.like(JSON.parse(stdout), { type: 'error', code: 'ERR_VAE_OPTION', option: 'VAE_NATIVE_ISA', received: "'foo'" })
})

test.serial('the summary of a run says what computed', async (t) => {
  const { stdout } = await run('scalar', ...'train --epochs 1 --hidden-dims 1 --threads 1 --out scalar'.split(' '))
  t.regex(stdout, / · cpu fused scalar, 1 thread\n/)
})

const quick = { steps: 3, examples: 40, draws: 7, hiddenDims: [16], latentDim: 2, threads: 1 }

test('bench times three things on either path, and the losses agree', async (t) => {
  const { train: digits } = await datasets.load('digits')
  for (const task of ['train', 'evaluate', 'likelihood'] as const) {
    const fused = await bench(digits, { ...quick, task, sparsity: 'on' })
    const plain = await bench(digits, { ...quick, task, path: 'reference' })
    for (const result of [fused, plain]) {
      t.like(result, { task, data: 'digits', device: 'cpu', threads: 1 })
      t.true(result.imagesPerSecond > 0)
      t.true(result.density > 0 && result.density < 1)
    }
    t.like(plain, { path: 'reference', isa: 'candle', sparsity: 'off' })
    t.true(Math.abs(fused.meanLoss / plain.meanLoss - 1) < 1e-5, `${task}: ${fused.meanLoss} and ${plain.meanLoss}`)
    if (fused.path === 'fused') t.true(levels.includes(fused.isa as Isa))
    if (task !== 'train')
      t.like(fused, { examples: 40, sparsity: 'off', ...(task === 'likelihood' ? { draws: 7 } : { steps: 3 }) })
  }
})

// Serial, because allocations are counted over the whole process, other tests included.
test.serial(
  'a timing of steps has its median, its undisturbed twentieth, and on the fused path the peak',
  async (t) => {
    const { train: digits } = await datasets.load('digits')
    const result = await bench(digits, { ...quick, steps: 40 })
    t.true(result.p5MillisecondsPerStep <= result.medianMillisecondsPerStep)
    // A watcher thread may allocate now and then, a step does not.
    t.true(result.path === 'reference' || result.allocationsPerStep < 1)
    t.true(result.imagesPerSecond > 0 && result.millisecondsPerStep >= result.p5MillisecondsPerStep)
    const { fmaPeakGflops = 0, shareOfPeak = 0, p5ShareOfPeak = 0 } = result
    if (result.path === 'fused') t.true(fmaPeakGflops > 0 && shareOfPeak > 0 && p5ShareOfPeak >= shareOfPeak)
    t.false('fmaPeakGflops' in (await bench(digits, { ...quick, path: 'reference' })))
  },
)

test('bench refuses unknown options, and stops at its signal', async (t) => {
  const { train: digits } = await datasets.load('digits')
  const refuse = (options: object, option: string) =>
    t.throwsAsync<VaeError>(bench(digits, options), { code: 'ERR_VAE_OPTION', message: new RegExp(`^${option}: `) })
  await refuse({ task: 'encode' }, 'task')
  await refuse({ path: 'fused' }, 'path')
  await refuse({ examples: 0 }, 'examples')
  await refuse({ draws: 0.5 }, 'draws')
  await refuse({ epochs: 3 }, 'epochs')
  await refuse({ task: 'evaluate', members: 2 }, 'members')
  await t.throwsAsync<VaeError>(bench(digits, { members: 2, device: 'cpu' }), {
    code: 'ERR_VAE_DEVICE',
    message: "members: batched training needs a GPU; set `device: 'cuda'`.",
  })
  const reason = new Error('enough')
  const controller = new AbortController()
  setTimeout(() => controller.abort(reason), 50)
  await t.throwsAsync(bench(digits, { ...quick, steps: 1e6, signal: controller.signal }), { is: reason })
})

test.serial('bench on the command line ends with its line, for a program or for a person', async (t) => {
  const flags = '--steps 3 --examples 40 --draws 7 --hidden-dims 16 --threads 1'.split(' ')
  const expected = {
    train: /^[\d,]+ images\/s · a step [\d.]+ ms, median [\d.]+, p5 [\d.]+\n/,
    evaluate: /^[\d,]+ images\/s · 40 examples 3 times in [\d.]+ s\n/,
    likelihood: /^[\d,]+ images\/s · 40 examples, K = 7, in [\d.]+ s\n/,
  }
  for (const [task, words] of Object.entries(expected)) {
    const json = await run('', 'bench', '--task', task, ...flags, '--json')
    t.is(json.exitCode, 0, json.stderr)
    const line = JSON.parse(json.stdout)
    t.like(line, { v: 1, type: 'bench', task, data: 'digits', device: 'cpu', threads: 1 })
    t.true(line.imagesPerSecond > 0 && line.peakMemoryMiB > 1 && line.meanLoss > 0)
    t.is('millisecondsPerStep' in line, task === 'train')
    const { stdout } = await run('', 'bench', '--task', task, ...flags)
    t.regex(stdout, words)
    t.notRegex(stdout, /NaN|undefined|–/)
    t.regex(stdout, /\n {2}cpu \w+.*, 1 thread · \d+ MiB at most$/)
  }
  const { stderr, exitCode } = await run('', 'bench', '--task', 'encode')
  t.is(stderr, '✖ --task: expected one of train, evaluate, likelihood, got encode')
  t.is(exitCode, 2)
})
