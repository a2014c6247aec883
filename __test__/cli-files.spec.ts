import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { csv, writeAtomically } from '../cli/base/files.js'
import { npy } from '../cli/base/npy.js'
import type { Output } from '../cli/base/output.js'
import { ranking } from '../cli/commands/score.js'
import { bands, within } from '../cli/commands/verify.js'
import { writeSheet } from '../cli/reporters/sheet.js'
import { holdsRun, readRun, setAside } from '../cli/runs/folder.js'
import { modelName } from '../cli/runs/loaded-model.js'
import { freeName, runName } from '../cli/runs/names.js'
import type { Table } from '../index.js'

async function folder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'vae-native-cli-'))
}

test('an .npy has its header, padding and numbers where NumPy reads them', (t) => {
  const file = npy(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2])
  const length = new DataView(file.buffer).getUint16(8, true)
  const header = new TextDecoder().decode(file.subarray(10, 10 + length))
  t.deepEqual([...file.subarray(0, 8)], [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0])
  t.is((10 + length) % 64, 0)
  t.is(header.trimEnd(), "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }")
  t.true(header.endsWith('\n'))
  t.is(file.length, 10 + length + 24)
  t.is(new DataView(file.buffer).getFloat32(10 + length + 20, true), 6)
})

test('a vector has a shape with a comma', (t) => {
  t.true(new TextDecoder('latin1').decode(npy(Float32Array.of(1), [1])).includes("'shape': (1,)"))
})

test('a csv quotes what needs quotes', (t) => {
  t.is(csv(['index', 'name'], [[0, 'a,"b"']]), 'index,name\n0,"a,""b"""\n')
})

test('a csv is written in the dialect of a table', (t) => {
  const dialect = { separator: ';', decimal: ',' }
  t.is(csv(['a;b', 'c,d', ' e'], [[0.5, -1e-7, 2]], dialect), '"a;b";c,d;" e"\n0,5;-1e-7;2\n')
  t.is(csv(['a b', 'c'], [[1.5, 2]], { separator: ' ', decimal: '.' }), '"a b" c\n1.5 2\n')
  t.is(csv(['a'], [[1.5]], { separator: ',', decimal: ',' }), 'a\n"1,5"\n')
})

test('examples are written as the table that the model was trained on', async (t) => {
  const at = await folder()
  const path = join(at, 'x.csv')
  const examples = { data: Float32Array.of(0.1, 3000, 1 / 3, -2), shape: [2, 2] }
  const columns = [
    { name: 'age', type: 'integer' },
    { name: 'income, yearly', type: 'number' },
  ] as const
  const output = { terminal: false } as Output
  const table: Table = { columns, header: true, separator: ';', decimal: ',' }
  await writeSheet(examples, { path, columns: 2, table }, output)
  t.is(await readFile(path, 'utf8'), 'age;income, yearly\n0,1;3000\n0,33333334;-2\n')
  // What is written holds the same 32-bit floats.
  const cells = (await readFile(path, 'utf8')).split('\n').slice(1, 3).join(';').replaceAll(',', '.').split(';')
  t.deepEqual(Float32Array.from(cells, Number), examples.data)
  await writeSheet(examples, { path, columns: 2, table: { ...table, header: false } }, output)
  t.is(await readFile(path, 'utf8'), 'x0,x1\n0.1,3000\n0.33333334,-2\n')
  await rm(at, { recursive: true })
})

test('a file is written whole, into folders that are made for it, and nothing is left beside it', async (t) => {
  const at = await folder()
  await writeAtomically(join(at, 'a/b.csv'), 'x')
  await writeAtomically(join(at, 'a/b.csv'), 'y')
  t.is(await readFile(join(at, 'a/b.csv'), 'utf8'), 'y')
  t.deepEqual(await readdir(join(at, 'a')), ['b.csv'])
  await rm(at, { recursive: true })
})

test('a file that cannot be written leaves nothing, says why and exits 1', async (t) => {
  const at = await folder()
  await mkdir(join(at, 'taken'))
  const error = await t.throwsAsync(writeAtomically(join(at, 'taken'), 'x'), { message: /^cannot write .*taken: / })
  t.is((error as { exitCode?: number }).exitCode, 1)
  t.deepEqual(await readdir(at), ['taken'])
  await rm(at, { recursive: true })
})

test('names are two words, and never one that is taken', (t) => {
  t.regex(runName(), /^[a-z]+-[a-z]+$/)
  t.is(
    runName(() => 0),
    'amber-ant',
  )
  t.is(
    freeName(
      (name) => name === 'amber-ant',
      () => 0,
    ),
    'amber-ant-2',
  )
})

test('the name of a model is its folder or its file', (t) => {
  t.is(modelName('runs/warm-fox'), 'warm-fox')
  t.is(modelName('runs/warm-fox/model.safetensors'), 'warm-fox')
  t.is(modelName('digits.safetensors'), 'digits')
})

test('a run folder holds its options and data', async (t) => {
  const at = await folder()
  t.false(holdsRun(at))
  const data = { source: 'digits', fingerprint: 'abc', n: 100, shape: [28, 28], preprocessing: {} }
  const options = { beta: 5, threads: null, out: 'elsewhere', validation: null }
  await writeFile(join(at, 'run.json'), JSON.stringify({ v: 1, options, data, validation: null, seed: 1 }))
  t.true(holdsRun(at))
  t.deepEqual(await readRun(at), {
    options: { beta: 5 },
    data: { source: 'digits', fingerprint: 'abc', n: 100, preprocessing: {}, reading: {} },
  })
  const earlier = await setAside(at)
  t.false(holdsRun(at))
  await earlier.restore()
  t.is((await readRun(at)).data.fingerprint, 'abc')
  await (await setAside(at)).remove()
  t.deepEqual(await readdir(at), [])
  await rm(at, { recursive: true })
})

test('a run folder without a usable record is refused in one sentence', async (t) => {
  const at = await folder()
  await t.throwsAsync(readRun(at), { message: /run\.json is missing/ })
  for (const text of ['{', '[]', 'null', '{}', '{"options":{}}', '{"options":{},"data":{"n":1}}']) {
    await writeFile(join(at, 'run.json'), text)
    await t.throwsAsync(readRun(at), { message: /run\.json: expected / }, text)
  }
  await rm(at, { recursive: true })
})

test('the strangest example comes first, ties in the order of the data', (t) => {
  t.deepEqual(ranking(Float32Array.of(1, 5, 1, 3)), [
    { index: 1, score: 5, rank: 100 },
    { index: 3, score: 3, rank: 75 },
    { index: 0, score: 1, rank: 50 },
    { index: 2, score: 1, rank: 25 },
  ])
})

test('the bands of the reference run include their ends and no NaN', (t) => {
  t.true(within(104.6, bands.epochs.get(10) ?? [0, 0]))
  t.true(within(106, bands.mean))
  t.false(within(106.01, bands.mean))
  t.false(within(Number.NaN, bands.mean))
})
