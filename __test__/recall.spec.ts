// Whose data: what a run was trained on is found from any folder, compared with the record, and never taken for others.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import anyTest, { type ExecutionContext } from 'ava'
import { execa } from 'execa'
import { npy } from '../cli/base/npy.js'
import { createOutput } from '../cli/base/output.js'
import { Sources } from '../cli/lab/loop/sources.js'
import { LabRun } from '../cli/lab/state/lab-run.js'
import { trainCommand } from '../cli/runs/command-line.js'
import { type RunRecord, readRun } from '../cli/runs/folder.js'
import { RecallError } from '../cli/runs/recall-error.js'
import { datasets, trainVae } from '../index.js'

// One at a time, because each test starts a process that uses all cores.
const test = anyTest.serial

const program = fileURLToPath(new URL('../dist/cli/cli.js', import.meta.url))
const at = await mkdtemp(join(tmpdir(), 'vae-native-recall-'))
anyTest.after.always(() => rm(at, { recursive: true, force: true }))

/** Options of a fast training. */
const small = '--epochs 1 --hidden-dims 4 --batch-size 16 --threads 1 --likelihood squared-error'.split(' ')

/** Runs the program in `cwd`, by default not where the data lie. */
function run(args: readonly string[], cwd = 'elsewhere') {
  const { CI: _ci, NO_COLOR: _no, FORCE_COLOR: _force, ...env } = process.env
  return execa(process.execPath, [program, ...args], { cwd: join(at, cwd), reject: false, env, extendEnv: false })
}

/** Path in the folder of the tests. */
const path = (...parts: string[]) => join(at, ...parts)

/** 40 examples of 4 values in [0, 1), another set for another `k`. */
function rows(k = 1, n = 40): Float32Array {
  return Float32Array.from({ length: n * 4 }, (_, i) => ((i * 7 * k) % 11) / 11)
}

const digest = async (file: string, part?: 'train' | 'validation') => {
  const data = await datasets.open(file)
  return (part === undefined ? data : data.split({ validation: 0.25 })[part]).digest.slice(0, 12)
}

/** A copy of a run, with its record changed by `edit`. */
async function copy(from: string, to: string, edit: (record: RecordJson) => void = () => {}): Promise<string> {
  await cp(path(from), path(to), { recursive: true })
  const record = JSON.parse(await readFile(path(to, 'run.json'), 'utf8')) as RecordJson
  edit(record)
  await writeFile(path(to, 'run.json'), JSON.stringify(record))
  return path(to)
}

// biome-ignore lint/suspicious/noExplicitAny: run.json is edited as a user may.
type RecordJson = any

/** Writes the data of the run `plain` over; returns a function that puts them back. */
async function overwrite(values: Float32Array): Promise<() => Promise<void>> {
  const before = await readFile(path('rows.npy'))
  await writeFile(path('rows.npy'), npy(values, [values.length / 4, 4]))
  return () => writeFile(path('rows.npy'), before)
}

/** Commands that recall the validation data of a run, and those that recall both parts. */
const reading = (folder: string) => [
  ['evaluate', folder],
  ['score', folder],
  ['encode', folder],
  ['reconstruct', folder, '--out', path('x.csv')],
  ['interpolate', folder, '--out', path('x.csv')],
  ['report', folder],
]

test.before(async (t) => {
  await mkdir(path('elsewhere'))
  await writeFile(path('rows.npy'), npy(rows(), [40, 4]))
  await writeFile(path('others.npy'), npy(rows(3, 8), [8, 4]))
  const plain = ['train', ...small, '--data', 'rows.npy', '--validation', '0.25', '--out', 'plain', '--quiet']
  const swept = 'sweep --vary beta=1,2 --jobs 1 --data rows.npy --validation 0.25 --out swept --quiet'.split(' ')
  for (const args of [plain, [...swept, ...small]]) {
    const { exitCode, stderr } = await run(args, '.')
    t.is(exitCode, 0, stderr)
  }
})

async function refused(t: ExecutionContext, args: readonly string[], message: string): Promise<void> {
  const { exitCode, stderr } = await run(args)
  t.is(stderr.split('\n').filter((line) => !line.startsWith('  '))[0], `✖ ${message}`, args.join(' '))
  t.is(exitCode, 2, args.join(' '))
}

test('data are found from another folder, and named with their part', async (t) => {
  for (const args of reading(path('plain'))) {
    const { exitCode, stderr } = await run(args)
    t.is(exitCode, 0, `${args.join(' ')}\n${stderr}`)
  }
  t.regex((await run(['evaluate', path('plain')])).stdout, /^rows\.npy \(validation\) {2}10 examples\n/)
  t.regex((await run(['evaluate', path('plain'), '--part', 'train'])).stdout, /^rows\.npy \(train\) {2}30 examples\n/)
  for (const args of [
    ['train', '--resume', await copy('plain', 'resumed'), '--epochs', '2'],
    ['train', '--resume', await copy('plain', 'shared'), '--epochs', '2', '--validation', '0.25'],
    ['train', '--fork', path('plain'), '--beta', '3', '--out', path('forked')],
    ['sweep', '--resume', path('swept')],
  ]) {
    const { exitCode, stderr } = await run(args)
    t.is(exitCode, 0, `${args.join(' ')}\n${stderr}`)
  }
})

test('other values, and another number of them, are refused by every command', async (t) => {
  const before = {
    train: await digest(path('rows.npy'), 'train'),
    validation: await digest(path('rows.npy'), 'validation'),
  }
  const purposes = {
    use: 'name the data with --data to use others on purpose',
    continue: 'name the data of that run with --data, or start a new run in another folder',
  }
  for (const [values, what, n] of [
    [rows(2), 'other values', { train: 30, validation: 10 }],
    [rows(1, 48), 'another number of examples', { train: 36, validation: 12 }],
  ] as const) {
    const restore = await overwrite(values)
    const now = {
      train: await digest(path('rows.npy'), 'train'),
      validation: await digest(path('rows.npy'), 'validation'),
    }
    const other = `${path('rows.npy')}: ${what} than`
    const validation = `expected 10 examples (digest ${before.validation}), got ${n.validation} examples (digest ${now.validation})`
    const train = `expected 30 examples (digest ${before.train}), got ${n.train} examples (digest ${now.train})`
    for (const args of reading(path('plain')))
      await refused(t, args, `${other} ${path('plain')} was validated on: ${validation}; ${purposes.use}`)
    const resume = ['train', '--resume', path('plain'), '--epochs', '2']
    await refused(t, resume, `${other} ${path('plain')} was trained on: ${train}; ${purposes.continue}`)
    const fork = ['train', '--fork', path('plain'), '--out', path('no')]
    await refused(t, fork, `${other} ${path('plain')} was trained on: ${train}; ${purposes.continue}`)
    const sweep = ['sweep', '--resume', path('swept')]
    await refused(t, sweep, `${other} ${path('swept')} was trained on: ${train}; ${purposes.continue}`)
    await restore()
  }
})

test('another part of the right file is refused', async (t) => {
  const seeds = await copy('plain', 'seeds', ({ validation }) => {
    validation.part.seed = 2
  })
  const data = await datasets.open(path('rows.npy'))
  const parts = [0.25, 0.5].map((validation, i) => data.split({ validation, seed: 2 - i }).validation)
  const [seeded, halved] = parts.map(({ digest, length }) => `${length} examples (digest ${digest.slice(0, 12)})`)
  const expected = `10 examples (digest ${await digest(path('rows.npy'), 'validation')})`
  const remedy = 'name the data with --data to use others on purpose'
  await refused(
    t,
    ['evaluate', seeds],
    `${path('rows.npy')}: another part than ${seeds} was validated on: expected ${expected}, got ${seeded}; ${remedy}`,
  )
  const halves = await copy('plain', 'halves', ({ validation }) => {
    validation.part.validation = 0.5
  })
  await refused(
    t,
    ['evaluate', halves],
    `${path('rows.npy')}: another part than ${halves} was validated on: expected ${expected}, got ${halved}; ${remedy}`,
  )
  const chosen = await copy('plain', 'chosen', ({ validation }) => {
    validation.part = { type: 'program' }
  })
  await refused(
    t,
    ['evaluate', chosen],
    `${path('rows.npy')}: ${chosen} was validated on a part that a program chose; name them with --data`,
  )
})

test('another scale is refused, and named', async (t) => {
  const { validation, data } = await readRun(path('plain'))
  const open = await datasets.open(path('rows.npy'), { scale: 'unit' })
  const now = open.split({ validation: 0.25 })
  const words = (record: { fingerprint: string } | undefined) => record?.fingerprint.slice(0, 12)
  const message = (what: string, before: string | undefined, after: string | undefined) =>
    `${path('rows.npy')}: another --scale than ${path('plain')} was ${what} on: expected the default (fingerprint ${before}), got unit (fingerprint ${after}); leave out --scale, or name the data`
  await refused(
    t,
    ['evaluate', path('plain'), '--scale', 'unit'],
    `${message('validated', words(validation), words(now.validation))} with --data to use others on purpose`,
  )
  await refused(
    t,
    ['train', '--resume', path('plain'), '--scale', 'unit'],
    `${message('trained', words(data), words(now.train))} of that run with --data, or start a new run in another folder`,
  )
})

test('data that are not there, and data of a program, are named with --data', async (t) => {
  const gone = await copy('plain', 'gone', ({ data, validation }) => {
    data.source = validation.source = path('gone.npy')
  })
  const missing = (what: string) =>
    `${path('gone.npy')}: the data that ${gone} was ${what} on are not there; name them with --data`
  for (const args of reading(gone)) await refused(t, args, missing('validated'))
  await refused(t, ['train', '--resume', gone], missing('trained'))
  const made = await copy('plain', 'made', ({ data, validation }) => {
    data.source = validation.source = null
  })
  await refused(t, ['evaluate', made], `${made} was validated on data from a program; name them with --data`)
  const moved = await run(['train', '--resume', gone, '--data', path('rows.npy'), '--epochs', '2', '--json'])
  t.is(moved.exitCode, 0, moved.stderr)
  t.like(JSON.parse(moved.stdout.split('\n').at(-1) ?? ''), { status: 'completed', epochs: 2 })
})

test('data that are named are never compared, and never called a part of the run', async (t) => {
  const restore = await overwrite(rows(2))
  const { stdout, stderr } = await run(['evaluate', path('plain'), '--data', '../others.npy'])
  t.regex(stdout, /^\.\.\/others\.npy {2}8 examples\n/, stderr)
  const own = await run(['evaluate', path('plain'), path('rows.npy'), '--json'])
  t.like(JSON.parse(own.stdout), { data: path('rows.npy'), n: 40 })
  await refused(
    t,
    ['evaluate', path('plain'), path('rows.npy'), '--part', 'test'],
    `${path('rows.npy')} has no test part; leave out --part`,
  )
  await restore()
})

test('a validation file has a reading of its own, which is recalled', async (t) => {
  const args = ['train', ...small, '--data', 'rows.npy', '--validation', 'others.npy', '--out', 'apart', '--quiet']
  const { exitCode, stderr } = await run(args, '.')
  t.is(exitCode, 0, stderr)
  const { validation } = await readRun(path('apart'))
  t.like(validation, { source: path('others.npy'), part: { type: 'whole' }, n: 8 })
  t.regex((await run(['evaluate', path('apart')])).stdout, /^others\.npy \(validation\) {2}8 examples\n/)
  await refused(
    t,
    ['train', ...small, '--data', path('rows.npy'), '--validation', '0.2', '--validation-key', 'x'],
    '--validation-key says how the file of --validation PATH is read, and none is named',
  )
  const { message } = await datasets.open(path('others.npy'), { columns: ['a'] }).then(
    () => ({ message: '' }),
    (error: Error) => error,
  )
  const wrong = ['--validation', path('others.npy'), '--validation-columns', 'a', '--out', path('wrong')]
  await refused(
    t,
    ['train', ...small, '--data', path('rows.npy'), ...wrong],
    message.replace(/^columns|`columns/, '--validation-columns'),
  )
})

test('the lab shows no examples of data that changed, and those of data that are back', async (t) => {
  const sources = new Sources(createOutput({ quiet: true }), new AbortController().signal)
  const run = new LabRun({ name: 'plain', folder: path('plain') })
  const restore = await overwrite(rows(2))
  const error = await t.throwsAsync(sources.shown(run), { instanceOf: RecallError })
  t.regex(
    (error as RecallError).finding,
    /^.*rows\.npy: other values than .*plain was validated on: expected .*, got [^;]*$/,
  )
  await t.throwsAsync(sources.of(run), {
    message: /was trained on: .*; name the data of that run with --data, or start/,
  })
  await restore()
  const { examples, facts } = await sources.shown(run)
  t.is(examples.digest.slice(0, 12), await digest(path('rows.npy'), 'validation'))
  t.is(facts, 'rows.npy 30 / 10')
  t.is((await sources.of(run)).train.length, 30)
})

test('a run of an older version is recalled by its numbers, and compared', async (t) => {
  const old = await copy('plain', 'old', (record) => {
    for (const set of [record.data, record.validation]) {
      set.fingerprint = set.digest
      for (const name of ['digest', 'part', 'reading']) delete set[name]
    }
    delete record.validation.preprocessing
    record.data.source = record.validation.source = 'rows.npy'
  })
  const found = await run(['evaluate', old], '.')
  t.regex(found.stdout, /^rows\.npy \(validation\) {2}10 examples\n/, found.stderr)
  const restore = await overwrite(rows(2))
  const refusal = await run(['evaluate', old], '.')
  t.regex(refusal.stderr, /^✖ rows\.npy: other values than .*old was validated on: expected 10 examples \(digest /)
  await restore()
})

test('a program that resumes a run leaves what it does not know in the record', async (t) => {
  const folder = await copy('plain', 'program', (record) => {
    record.note = { by: 'hand' }
  })
  const { train, validation } = (await datasets.open(path('rows.npy'))).split({ validation: 0.25 })
  const { options } = await readRun(folder)
  await trainVae(train, { ...options, validation, epochs: 2, out: folder, resume: true })
  const record = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'))
  t.deepEqual(record.note, { by: 'hand' })
  t.is(record.options.epochs, 2)
})

test('the command line of a run makes the same run', async (t) => {
  const folder = path('plain')
  const record = await readRun(folder)
  const line = trainCommand(record, folder)
  t.is(
    line,
    `vae-native train --data ${path('rows.npy')} --hidden-dims 4 --likelihood squared-error --epochs 1 --batch-size 16 --threads 1 --validation 0.25`,
  )
  const again = await run([...line.split(' ').slice(1), '--out', path('again'), '--quiet'])
  t.is(again.exitCode, 0, again.stderr)
  t.deepEqual(await readRun(path('again')), record)
  const reading: RunRecord['data']['reading'] = {
    ...{ key: 'x', heldOut: 'none', columns: ['a', 'b'], labelColumn: 'c', labels: 'none', header: false },
    ...{ separator: '\t', comment: '#', encoding: 'windows-1252', transpose: true, limitBytes: 1e6 },
    decimal: ',',
    shape: [2, 2],
    onError: 'skip',
  }
  const whole: RunRecord['data'] = { ...record.data, part: { type: 'whole' }, reading }
  t.is(
    trainCommand({ options: {}, data: whole, validation: { ...whole, source: '/v.csv' } }, folder),
    `vae-native train --data ${path('rows.npy')} --key x --held-out none --columns a,b --label-column c --labels none --no-header --separator tab --comment '#' --encoding windows-1252 --transpose --limit-bytes 1000000 --decimal , --shape 2x2 --on-error skip --validation /v.csv --validation-key x --validation-columns a,b --validation-label-column c --validation-labels none`,
  )
  const chosen = { ...record, data: { ...record.data, part: { type: 'program' } as const } }
  t.throws(() => trainCommand(chosen, 'r'), { message: 'r: a program chose its part of the data' })
})
