// The built program as users run it: piped, with --json, with signals, and in a real terminal.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import anyTest from 'ava'
import { execa } from 'execa'

// One at a time, because each test starts a process that uses all cores.
const test = anyTest.serial

const program = fileURLToPath(new URL('../dist/cli/cli.js', import.meta.url))
const at = await mkdtemp(join(tmpdir(), 'vae-native-cli-'))
anyTest.after.always(() => rm(at, { recursive: true, force: true }))

/** Options of a fast training. */
const small = '--epochs 2 --hidden-dims 16 --batch-size 512 --threads 1'.split(' ')

/** Runs the program in a separate folder, without variables about colour or CI. */
function run(...args: string[]) {
  const { CI: _ci, NO_COLOR: _no, FORCE_COLOR: _force, ...env } = process.env
  return execa(process.execPath, [program, ...args], { cwd: at, reject: false, env, extendEnv: false })
}

function objects(stdout: string): Record<string, unknown>[] {
  return stdout.split('\n').map((line) => JSON.parse(line))
}

/** One trained run that the tests of the other commands share. */
const model = 'runs/shared'
test.before(async (t) => {
  const { exitCode, stderr } = await run('train', ...small, '--latent-dim', '3', '--out', model, '--quiet')
  t.is(exitCode, 0, stderr)
  t.is(stderr, '')
})

test('without arguments: five lines that say what to type', async (t) => {
  const { stdout, exitCode } = await run()
  t.is(exitCode, 0)
  t.is(stdout.split('\n').length, 5)
  t.regex(stdout, /vae-native train/)
})

test('the version is that of the package', async (t) => {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  t.is((await run('--version')).stdout, manifest.version)
})

for (const [args, message] of [
  [['train', '--latentdim', '8'], 'unknown option --latentdim. Did you mean --latent-dim?'],
  [['trian'], 'unknown command trian. Did you mean train?'],
  [['train', '--epochs', 'many'], '--epochs: expected a number, got many'],
  [
    ['train', '--likelihood', 'poisson'],
    '--likelihood: expected one of bernoulli, gaussian, squared-error, got poisson',
  ],
  [['train', '--variance', '1'], '--variance belongs to --likelihood gaussian'],
  [['train', '--resume', 'nowhere'], 'nowhere: there is no run to be found here, run.json is missing'],
  [['sample'], 'missing required argument model'],
] as const)
  test(`a slip is answered in one sentence: ${args.join(' ')}`, async (t) => {
    const { stdout, stderr, exitCode } = await run(...args)
    t.is(stderr, `✖ ${message}`)
    t.is(stdout, '')
    t.is(exitCode, 2)
  })

test('a value out of range is refused by the flag it came with, before anything is written', async (t) => {
  const { stderr, exitCode } = await run('train', '--latent-dim', '0', '--out', 'refused')
  t.regex(stderr, /^✖ --latent-dim: expected .*, got 0/)
  t.is(exitCode, 2)
  t.false(existsSync(join(at, 'refused')))
})

test('data that is not there is bad input', async (t) => {
  const { stderr, exitCode } = await run('train', '--data', './nowhere')
  t.regex(stderr, /^✖ \.\/nowhere: no such file or folder/)
  t.is(exitCode, 2)
})

test('a model that is not there is bad input', async (t) => {
  const { stderr, exitCode } = await run('info', 'nowhere.safetensors')
  t.regex(stderr, /^✖ .*nowhere\.safetensors/)
  t.is(exitCode, 2)
})

test('piped: epochs on stderr, the summary on stdout, no escape sequences, the run on disk', async (t) => {
  const { stdout, stderr, exitCode } = await run('train', ...small, '--out', 'piped')
  t.is(exitCode, 0)
  t.regex(stderr, /^epoch 1\/2 {2}validation −ELBO [\d.]+ = reconstruction [\d.]+ \+ KL [\d.]+ .*\nepoch 2\/2 /)
  t.regex(stdout, /✔ digits 10,000 · 784-16-2 · 2 epochs in .* · cpu/)
  t.regex(stdout, /saved piped\/model\.safetensors\n {2}next {2}vae-native sample piped/)
  t.false((stdout + stderr).includes('\u001b'))
  for (const file of ['run.json', 'metrics.jsonl', 'checkpoint.safetensors', 'model.safetensors'])
    t.true(existsSync(join(at, 'piped', file)), file)
})

test('without --out the folder has a name that can be said', async (t) => {
  await run('train', ...small, '--quiet')
  t.true((await readdir(join(at, 'runs'))).some((name) => /^[a-z]+-[a-z]+$/.test(name)))
})

test('--json: one object a line, its version first, nothing else', async (t) => {
  const { stdout, stderr, exitCode } = await run('train', ...small, '--out', 'json', '--json')
  t.is(exitCode, 0)
  t.is(stderr, '')
  t.true(stdout.split('\n').every((line) => line.startsWith('{"v":1,"type":')))
  const events = objects(stdout)
  t.deepEqual([events[0]?.type, events.at(-1)?.type], ['start', 'end'])
  const epochs = events.filter(({ type }) => type === 'epoch')
  t.deepEqual(
    epochs.map(({ epoch }) => epoch),
    [1, 2],
  )
  const { validation, examplesPerSecond } = epochs[0] as {
    validation: Record<string, unknown>
    examplesPerSecond: number
  }
  t.true(Array.isArray(validation.klPerDimension))
  t.true(examplesPerSecond > 0)
  t.like(events.at(-1), { status: 'completed', epochs: 2, model: 'json/model.safetensors' })
  t.false(events.some(({ type }) => type === 'step' || type === 'probe'))
})

test('--json-steps adds the steps', async (t) => {
  const { stdout } = await run('train', ...small, '--out', 'steps', '--json', '--json-steps')
  t.true(objects(stdout).some(({ type }) => type === 'step'))
})

test('--json: a failure is an object too', async (t) => {
  const { stdout, stderr, exitCode } = await run('train', '--latent-dim', '0', '--json')
  t.is(exitCode, 2)
  t.like(objects(stdout)[0], { v: 1, type: 'error', code: 'ERR_VAE_OPTION', option: 'latentDim' })
  t.regex(stderr, /--latent-dim/)
})

test('a run is never overwritten silently', async (t) => {
  const { stderr, exitCode } = await run('train', ...small, '--out', model)
  t.regex(stderr, /holds a run already; continue it with --resume, replace it with --force/)
  t.is(exitCode, 2)
  await run('train', ...small, '--out', 'twice', '--quiet')
  const file = join(at, 'twice', 'model.safetensors')
  const before = await readFile(file)
  // Wrong options are detected after reading the data, and leave the run in place.
  t.is((await run('train', ...small, '--out', 'twice', '--force', '--beta', '-1')).exitCode, 2)
  t.deepEqual(await readFile(file), before)
  t.is((await run('train', ...small, '--out', 'twice', '--force', '--quiet', '--seed', '2')).exitCode, 0)
  t.notDeepEqual(await readFile(file), before)
  t.false((await readdir(join(at, 'twice'))).some((name) => name.endsWith('.replaced')))
})

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  test(`${signal} stops after a checkpoint, from which the run goes on`, async (t) => {
    const out = `stopped-${code}`
    const training = run('train', ...small, '--epochs', '1000000', '--out', out)
    // Not `training.iterable()`: leaving that loop waits for the program to end.
    training.stderr.on('data', function stop(text: Buffer) {
      if (!text.includes('epoch')) return
      // A second signal would not wait for the checkpoint.
      training.stderr.off('data', stop)
      training.kill(signal)
    })
    const { exitCode, stderr } = await training
    t.is(exitCode, code)
    t.regex(stderr, new RegExp(`■ checkpoint at step [\\d,]+\\. Continue: vae-native train --resume ${out}$`))
    const step = Number(/at step ([\d,]+)/.exec(stderr)?.[1]?.replaceAll(',', ''))
    // 20 steps per epoch.
    const again = await run('train', '--resume', out, '--json', '--epochs', `${Math.ceil(step / 20) + 2}`)
    t.is(again.exitCode, 0, again.stderr)
    t.is(objects(again.stdout)[0]?.resumedFrom, step)
  })

test('a second signal does not wait for the step under way', async (t) => {
  const slow = '--epochs 1 --hidden-dims 3000,3000 --batch-size 10000 --threads 1 --json --out impatient'.split(' ')
  const training = run('train', ...slow)
  // Two signals in quick succession may count as one, so it repeats them until the process ends.
  let signals: NodeJS.Timeout | undefined
  training.stdout.once('data', () => {
    signals = setInterval(() => training.kill('SIGINT'), 200)
  })
  const { exitCode, stderr } = await training
  clearInterval(signals)
  t.is(exitCode, 130)
  // After waiting for the step it would have saved a checkpoint and printed that.
  t.is(stderr, '')
  t.false(existsSync(join(at, 'impatient', 'checkpoint.safetensors')))
})

test('a run that diverges ends with its own exit code and a sentence', async (t) => {
  const { exitCode, stderr } = await run('train', ...small, '--learning-rate', '1e30', '--out', 'diverged', '--quiet')
  t.is(exitCode, 4)
  t.regex(stderr, /^✖ /)
})

test('a device that is not there has its own exit code', async (t) => {
  const { exitCode, stderr } = await run('train', ...small, '--device', 'cuda', '--out', 'device')
  t.is(exitCode, 3)
  t.regex(stderr, /^✖ --device: /)
})

test('sample writes a PNG', async (t) => {
  const { stdout, exitCode } = await run('sample', model, '16', '--seed', '7')
  t.is(stdout, 'saved shared-samples.png  (16 samples, 4 a row)')
  t.is(exitCode, 0)
  t.is((await readFile(join(at, 'shared-samples.png'))).subarray(1, 4).toString(), 'PNG')
})

test('sample takes any normal distribution, one number or one per dimension', async (t) => {
  const flags = ['--mean', '1,0,-1', '--standard-deviation', '0.5', '--out', 'shifted.npy', '--json']
  const { stdout, exitCode } = await run('sample', model, '3', ...flags)
  t.is(exitCode, 0)
  t.deepEqual(objects(stdout)[0], { v: 1, type: 'sample', n: 3, path: 'shifted.npy' })
  const file = await readFile(join(at, 'shifted.npy'))
  t.true(file.includes("'shape': (3, 28, 28)"))
  const refused = await run('sample', model, '3', '--mean', '1,0')
  t.is(refused.exitCode, 2)
  t.regex(refused.stderr, /^✖ --mean: /)
})

test('reconstruct and interpolate use the data that the run remembers', async (t) => {
  const reconstructed = await run('reconstruct', model, '--count', '4', '--out', 'pairs.png')
  t.is(reconstructed.stdout, 'saved pairs.png  (4 examples of digits (test), x above x̂)')
  const interpolated = await run('interpolate', model, '--from', '3', '--to', '8', '--steps', '5', '--out', 'way.csv')
  t.is(interpolated.stdout, 'saved way.csv  (5 steps from digits (test) #3 to #8)')
  t.is((await readFile(join(at, 'way.csv'), 'utf8')).trim().split('\n').length, 6)
})

test('encode writes a table with labels, or an array with names beside it', async (t) => {
  await run('encode', model, 'digits', '--out', 'latents.csv')
  const [header, first, ...rest] = (await readFile(join(at, 'latents.csv'), 'utf8')).trim().split('\n')
  t.is(header, 'index,label,z0,z1,z2,logVar0,logVar1,logVar2')
  t.is(first?.split(',').length, 8)
  t.is(rest.length, 1999)
  const { stdout } = await run('encode', model, '--out', 'latents.npy', '--names', 'names.csv', '--json')
  t.deepEqual(objects(stdout)[0], {
    v: 1,
    type: 'encode',
    n: 2000,
    latentDim: 3,
    path: 'latents.npy',
    names: 'names.csv',
  })
  t.true((await readFile(join(at, 'latents.npy'))).includes("'shape': (2000, 3)"))
  t.true((await readFile(join(at, 'names.csv'), 'utf8')).startsWith('index,label\n0,'))
})

test('score lists the strangest first', async (t) => {
  const { stdout, exitCode } = await run('score', model, '--top', '3', '--by', 'elbo', '--json')
  t.is(exitCode, 0)
  const scores = objects(stdout).map(({ score }) => Number(score))
  t.is(scores.length, 3)
  t.deepEqual(
    scores,
    scores.toSorted((a, b) => b - a),
  )
})

test('evaluate prints the terms, their error and each dimension', async (t) => {
  const { stdout } = await run('evaluate', model, '--log-likelihood', '5')
  t.regex(
    stdout,
    /^digits \(test\) {2}2,000 examples\n {2}−ELBO [\d.]+ ± [\d.]+ = reconstruction [\d.]+ \+ KL [\d.]+\n/,
  )
  t.regex(stdout, / z2 +▕.*▏ [\d.]+\n/)
  t.regex(stdout, /log p\(x\) ≥ -[\d.]+ ± [\d.]+ {2}\(K = 5\)$/)
})

test('info describes the model', async (t) => {
  const { stdout } = await run('info', model, '--json')
  const info = objects(stdout)[0] as { config: { latentDim: number }; shape: number[] }
  t.is(info.config.latentDim, 3)
  t.deepEqual(info.shape.slice(0, 2), [28, 28])
  t.regex((await run('info', join(model, 'model.safetensors'))).stdout, /network +784-16-3 /)
})

test('a run remembers how its files were read, and what it held back', async (t) => {
  const rows = Array.from({ length: 40 }, (_, i) => `r${i},${(i % 7) / 7},${(i % 5) / 5},${i % 2}`)
  await writeFile(join(at, 'rows.csv'), `${['id,a,b,kind', ...rows].join('\n')}\n`)
  const reading = ['--columns', 'a,b', '--label-column', 'kind', '--validation', '0.25']
  const trained = await run('train', ...small, '--data', 'rows.csv', ...reading, '--out', 'rows', '--quiet')
  t.is(trained.exitCode, 0, trained.stderr)
  const [scored] = objects((await run('evaluate', 'rows', '--json')).stdout)
  t.like(scored, { type: 'evaluate', data: 'rows.csv (validation)', n: 10 })
  const resumed = await run('train', '--resume', 'rows', '--epochs', '3', '--json')
  t.is(resumed.exitCode, 0, resumed.stderr)
  t.like(objects(resumed.stdout).at(-1), { status: 'completed', epochs: 3 })
})

test('a flag for files is refused where there are none', async (t) => {
  const { stderr, exitCode } = await run('train', '--size', '12')
  t.is(stderr, '✖ --size says how files of your own are read; digits comes as it is')
  t.is(exitCode, 2)
})

test('data describes a set', async (t) => {
  const { stdout } = await run('data', 'digits')
  t.regex(stdout, /digits train {2}10,000 examples of 28×28\n {2}values {3}0\.000 … 1\.000/)
  t.regex(stdout, /labels {3}0 1,\d+/)
})

test('data describes a path that waits for an option, and says which', async (t) => {
  await writeFile(join(at, 'table.csv'), 'id,height,width\na,1.5,2\nb,3,4.5\n')
  const { stdout, exitCode } = await run('data', 'table.csv')
  t.is(exitCode, 0)
  t.regex(stdout, /^table\.csv {2}a table, 2 examples\n {2}columns {2}height, width \(numbers throughout\)\n/)
  t.regex(stdout, /id \(2 cells without a number\)\n {2}next +Values lie outside .* use --likelihood gaussian/)
  const open = await run('data', 'table.csv', '--columns', 'height,width', '--json')
  const [description, part] = objects(open.stdout)
  t.like(description, { v: 1, type: 'description', kind: 'a table', examples: 2 })
  t.like(part, { v: 1, type: 'data', n: 2, shape: [2] })
})

test('doctor trains on this machine', async (t) => {
  const { stdout, exitCode } = await run('doctor', '--json')
  t.is(exitCode, 0)
  t.like(objects(stdout)[0], { type: 'doctor', good: true })
})

test('a reader that leaves early is no failure', (t) => {
  const command = `"${process.execPath}" "${program}" --help | head -1`
  const { stderr, stdout } = spawnSync('bash', ['-o', 'pipefail', '-c', command], { encoding: 'utf8' })
  t.is(stderr, '')
  t.regex(stdout, /^Usage: /)
})
