// Further data of a model: columns of a table by name, and what training decided about reading.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import anyTest from 'ava'
import { execa } from 'execa'
import { readRun } from '../cli/runs/folder.js'
import { datasets, loadVae } from '../index.js'

// One at a time, because each test starts a process that uses all cores.
const test = anyTest.serial

const program = fileURLToPath(new URL('../dist/cli/cli.js', import.meta.url))
const at = await mkdtemp(join(tmpdir(), 'vae-native-table-'))
anyTest.after.always(() => rm(at, { recursive: true, force: true }))

/** Options of a fast training. */
const small = '--epochs 1 --hidden-dims 4 --batch-size 16 --threads 1'.split(' ')

function run(...args: readonly string[]) {
  const { CI: _ci, NO_COLOR: _no, FORCE_COLOR: _force, ...env } = process.env
  return execa(process.execPath, [program, ...args], { cwd: at, reject: false, env, extendEnv: false })
}

const path = (name: string) => join(at, name)

/** Cells of row i, by column. */
const cells: Readonly<Record<string, (i: number) => string | number>> = {
  a: (i) => (i % 7) / 8,
  b: (i) => (i % 5) / 8,
  c: (i) => (i % 3) / 8,
  d: (i) => i / 64,
  kind: (i) => `kind${i % 2}`,
  note: () => 'text',
}

/** Writes a table of 40 rows with these columns. */
async function table(name: string, ...columns: readonly string[]): Promise<void> {
  const rows = Array.from({ length: 40 }, (_, i) => columns.map((column) => cells[column]?.(i)).join(','))
  await writeFile(path(name), `${[columns.join(','), ...rows].join('\n')}\n`)
}

/** Writes bytes of (n, side, side) as an .npy file, as numpy.save does. */
async function pixels(name: string, n: number, side: number, byte: (i: number) => number): Promise<void> {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${n}, ${side}, ${side}), }`
  const text = `${header.padEnd(117)}\n`
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, text.length, 0])
  const bytes = Buffer.from(Array.from({ length: n * side * side }, (_, i) => byte(i)))
  await writeFile(path(name), Buffer.concat([start, Buffer.from(text), bytes]))
}

const elbo = async (...args: readonly string[]) => {
  const { exitCode, stderr, stdout } = await run('evaluate', ...args, '--json')
  if (exitCode !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as { elbo: number; n: number; data: string }
}

test.before(async (t) => {
  await table('table.csv', 'a', 'b', 'c', 'kind')
  await pixels('pixels.npy', 20, 4, (i) => (i * 37) % 256)
  const labelled = ['--data', 'table.csv', '--label-column', 'kind', '--validation', '0.25']
  const grey = ['--data', 'pixels.npy', '--validation', 'none']
  for (const args of [
    ['train', ...small, ...labelled, '--out', 'run'],
    ['sweep', ...small, ...labelled, '--vary', 'beta=1,2', '--jobs', '1', '--out', 'swept'],
    ['train', ...small, ...grey, '--out', 'grey'],
  ]) {
    const { exitCode, stderr } = await run(...args, '--quiet')
    t.is(exitCode, 0, stderr)
  }
})

test('a table whose columns moved is the same table', async (t) => {
  const before = await elbo('run')
  for (const columns of [
    ['c', 'kind', 'a', 'b'],
    ['note', 'b', 'a', 'kind', 'd', 'c'],
  ]) {
    await table('table.csv', ...columns)
    t.deepEqual(await elbo('run'), before)
    for (const args of [
      ['score', 'run'],
      ['reconstruct', 'run', '--out', 'x.csv'],
      ['report', 'run'],
      ['train', '--resume', 'run'],
      ['sweep', '--resume', 'swept'],
    ]) {
      const { exitCode, stderr } = await run(...args)
      t.is(exitCode, 0, `${args.join(' ')}\n${stderr}`)
    }
  }
  await table('table.csv', 'a', 'b', 'c', 'kind')
})

test('a table without one of its columns is refused by every command', async (t) => {
  await table('table.csv', 'a', 'b', 'kind')
  const missing = (folder: string) =>
    `✖ ${path('table.csv')}: column 'c' that ${folder} was trained on is missing: expected the columns 'a', 'b', 'c', got the columns 'a', 'b', 'kind'`
  const use = 'name the data with --data to use others on purpose'
  for (const args of [
    ['evaluate', 'run'],
    ['score', 'run'],
    ['reconstruct', 'run'],
    ['report', 'run', '--quiet'],
  ]) {
    const { exitCode, stderr } = await run(...args)
    t.is(stderr, `${missing('run')}; ${use}`)
    t.is(exitCode, 2)
  }
  const other = 'name the data of that run with --data, or start a new run in another folder'
  t.is((await run('train', '--resume', 'run')).stderr, `${missing('run')}; ${other}`)
  t.is((await run('sweep', '--resume', 'swept')).stderr, `${missing('swept')}; ${other}`)
  await table('table.csv', 'a', 'b', 'c', 'kind')
})

test('another table has the columns of the model by name', async (t) => {
  await table('plain.csv', 'a', 'b', 'c', 'kind')
  await table('other.csv', 'note', 'c', 'd', 'b', 'kind', 'a')
  const { stderr } = await run('evaluate', 'run', 'other.csv')
  t.is(stderr.split('\n')[0], "  other.csv: left out 'note', 'd', which the model does not have")
  const [plain, other] = [await elbo('run', 'plain.csv'), await elbo('run', 'other.csv')]
  t.deepEqual(other, { ...plain, data: 'other.csv' })
  await table('short.csv', 'note', 'b', 'a')
  t.regex((await run('evaluate', 'run', 'short.csv')).stderr, /column 'c' of the training data is missing/)
})

test('a validation file has the columns of training by name, and its own where they are named', async (t) => {
  await table('held.csv', 'kind', 'c', 'd', 'b', 'a', 'note')
  const train = ['train', ...small, '--data', 'table.csv', '--label-column', 'kind', '--validation', 'held.csv']
  const { exitCode, stderr } = await run(...train, '--out', 'held')
  t.is(exitCode, 0, stderr)
  t.regex(stderr, /held\.csv: left out 'd', 'note', which the model does not have/)
  const { validation } = await readRun(path('held'))
  t.deepEqual(validation?.reading, { columns: ['a', 'b', 'c'], labelColumn: 'kind' })
  const own = await run(...train, '--validation-columns', 'a,b,d', '--out', 'own')
  t.regex(own.stderr, /column 'c' of the training data is missing/)
})

test('pictures are brought to the shape of the model, and dark ones are no bits', async (t) => {
  await pixels('large.npy', 3, 8, (i) => (i * 37) % 256)
  t.is((await elbo('grey', 'large.npy')).n, 3)
  await pixels('dark.npy', 3, 4, (i) => i % 2)
  const dark = await datasets.open(path('dark.npy'), { scale: 'unit' })
  const vae = await loadVae(path('grey'))
  t.is((await elbo('grey', 'dark.npy')).elbo, (await vae.evaluate(dark)).elbo)
  const bits = await datasets.open(path('dark.npy'))
  t.not((await vae.evaluate(bits)).elbo, (await vae.evaluate(dark)).elbo)
})

test('a size that other data cannot have is not asked of them', async (t) => {
  await table('vectors.csv', 'a', 'b')
  const { stderr } = await run('evaluate', 'grey', 'vectors.csv')
  t.regex(stderr, /^✖ the examples have another shape .*: expected 4×4, got 2;/m)
})
