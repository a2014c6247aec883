// Watching and forking a run from the command line.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import anyTest from 'ava'
import { execa } from 'execa'

// One at a time, because each test starts processes that use all cores.
const test = anyTest.serial

const program = fileURLToPath(new URL('../dist/cli/cli.js', import.meta.url))
const at = await mkdtemp(join(tmpdir(), 'vae-native-watch-'))
anyTest.after.always(() => rm(at, { recursive: true, force: true }))

const small = '--epochs 3 --hidden-dims 16 --batch-size 512 --threads 1'.split(' ')
const endless = ['--epochs', '1000000', '--hidden-dims', '64', '--threads', '1', '--quiet']

function run(...args: string[]) {
  return execa(process.execPath, [program, ...args], { cwd: at, reject: false })
}

const types = (stdout: string) => stdout.split('\n').map((line) => JSON.parse(line).type)

/** The lines without speeds, which depend on the clock. */
const withoutSpeeds = (text: string) => text.replace(/ {2}[\d,]+ examples\/s/g, '')

test.before(async () => {
  await run('train', ...small, '--out', 'done', '--quiet')
})

test('a run that has ended says what it did, and is over', async (t) => {
  const { stdout, stderr, exitCode } = await run('watch', 'done')
  t.is(exitCode, 0)
  t.regex(withoutSpeeds(stderr), /^(epoch [1-3]\/3 {2}validation −ELBO .*\n?){3}$/)
  t.regex(stdout, /^✔ 3 epochs in .* · saved done\/model\.safetensors$/)
})

test('--json: the record as events, steps only on request', async (t) => {
  const { stdout, exitCode } = await run('watch', 'done', '--json')
  t.is(exitCode, 0)
  t.deepEqual(types(stdout), ['start', 'epoch', 'epoch', 'epoch', 'end'])
  const { stdout: more } = await run('watch', 'done', '--json', '--json-steps')
  const epoch = ['step', 'step', 'epoch']
  // 20 steps per epoch, every tenth recorded.
  t.deepEqual(types(more), ['start', ...epoch, ...epoch, ...epoch, 'end'])
})

test('a run that goes on is watched to its end, by the lines of the run itself', async (t) => {
  const training = run('train', '--epochs', '8', '--hidden-dims', '32', '--threads', '1', '--out', 'live')
  while (!existsSync(join(at, 'live/run.json'))) await sleep(20)
  const watched = await run('watch', 'live')
  const trained = await training
  t.is(watched.exitCode, 0)
  t.is(withoutSpeeds(watched.stderr), withoutSpeeds(trained.stderr))
})

test('Ctrl-C ends the watch and not the run', async (t) => {
  const training = spawn(process.execPath, [program, 'train', ...endless, '--out', 'endless'], { cwd: at })
  t.teardown(() => training.kill('SIGKILL'))
  while (!existsSync(join(at, 'endless/run.json'))) await sleep(20)
  const watching = run('watch', 'endless')
  // Once it has printed an epoch, it handles Ctrl-C.
  await once(watching.stderr, 'data')
  watching.kill('SIGINT')
  t.is((await watching).exitCode, 130)
  t.is(training.exitCode, null)

  // While one process trains there, no other may.
  const { stderr, exitCode } = await run('train', '--resume', 'endless')
  t.is(exitCode, 2)
  t.regex(stderr, /^✖ --out: expected a folder that no process trains in, got endless, in use by process \d+ on .*; /)
  const forced = await run('train', ...small, '--out', 'endless', '--force')
  t.regex(forced.stderr, /^✖ --force: process \d+ on .* trains in endless; stop it, or choose another --out$/)

  training.kill('SIGKILL')
  const left = await run('watch', 'endless')
  t.is(left.exitCode, 0)
  t.regex(left.stderr, /\nno process trains in endless\. Continue: vae-native train --resume endless$/)
})

test('what is no run cannot be watched', async (t) => {
  const { stderr, exitCode } = await run('watch', 'nowhere')
  t.is(stderr, '✖ nowhere: there is no run to be found here, run.json is missing')
  t.is(exitCode, 2)
})

test('a fork begins where the run stands, on its data and with its options', async (t) => {
  const fork = ['train', '--fork', 'done', '--epochs', '5', '--out']
  const { stdout, stderr, exitCode } = await run(...fork, 'fork', '--beta', '3')
  t.is(exitCode, 0)
  t.regex(stderr, /^forked from done at step 60\n {2}β 1 → 3 at step 60\nepoch 4\/5 .*\nepoch 5\/5 /)
  t.regex(stdout, /784-16-2/)
  const record = JSON.parse(await readFile(join(at, 'fork/run.json'), 'utf8'))
  t.deepEqual(record.fork, { of: 'done', step: 60 })
  const watched = await run('watch', 'fork')
  t.regex(watched.stderr, /^epoch 1\/5 .*\nepoch 2\/5 .*\nepoch 3\/5 .*\n {2}β 1 → 3 at step 60\nepoch 4\/5 /)

  // Without a change, the fork equals the continued run.
  await run(...fork, 'same', '--quiet')
  await run('train', '--resume', 'done', '--epochs', '5', '--quiet')
  const model = (out: string) => readFile(join(at, out, 'model.safetensors'))
  t.deepEqual(await model('same'), await model('done'))
  t.notDeepEqual(await model('fork'), await model('done'))
})

for (const [args, message] of [
  [['--fork', 'nowhere'], 'nowhere: there is no run to be found here, run.json is missing'],
  [['--fork', 'done', '--resume', 'done'], '--fork begins a new run and --resume continues one: choose one'],
  [
    ['--fork', 'done', '--out', 'done'],
    'done holds a run already; continue it with --resume, replace it with --force, or choose another --out',
  ],
] as const)
  test(`a fork that cannot be is refused: ${args.join(' ')}`, async (t) => {
    const { stderr, exitCode } = await run('train', ...args)
    t.is(stderr, `✖ ${message}`)
    t.is(exitCode, 2)
  })

test('a fork is the same model but for its weight of the KL', async (t) => {
  const { stderr, exitCode } = await run('train', '--fork', 'done', '--latent-dim', '4', '--out', 'refused')
  t.regex(stderr, /^✖ --latent-dim: .*the run to fork was started with another option: expected 2, got 4/)
  t.is(exitCode, 2)
  t.false(existsSync(join(at, 'refused')))
})
