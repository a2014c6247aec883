// The example programs, run as a user runs them: they import the package by name, and so test the build.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { execa } from 'execa'

const root = fileURLToPath(new URL('..', import.meta.url))

async function lines(example: string, ...args: string[]): Promise<string[]> {
  const { stdout } = await execa(process.execPath, ['--import=tsx', join(root, 'examples', example), ...args], {
    cwd: root,
  })
  return stdout.split('\n')
}

/** The number after a word of a line. */
function after(word: string, line = ''): number {
  return Number(new RegExp(`${word} +(-?[\\d.]+)`).exec(line)?.[1])
}

test.serial('train-digits learns, encodes and draws', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'vae-native-examples-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const path = join(folder, 'samples.png')
  const output = await lines('train-digits.ts', path)
  t.is(output.length, 7)
  t.true(after('ELBO', output[2]) > after('ELBO', output[0]))
  t.regex(output[3] ?? '', /^a \d lies at -?[\d.e-]+, -?[\d.e-]+$/)
  t.is((await readFile(path)).subarray(1, 4).toString(), 'PNG')
})

test.serial('sweep-beta-live: the KL term gives way as β grows', async (t) => {
  const output = await lines('sweep-beta-live.ts')
  t.deepEqual(
    output.filter((line) => line.startsWith('β')).map((line) => line.replace(/ from step \d+ on$/, '')),
    ['β 1 → 4', 'β 4 → 16'],
  )
  const epochs = output.filter((line) => line.startsWith('epoch'))
  t.deepEqual([after('β', epochs[0]), after('β', epochs.at(-1))], [1, 16])
  t.true(after('KL', epochs.at(-1)) < after('KL', epochs[1]))
})

test.serial('anomaly-scores: the less it is a digit, the higher its score', async (t) => {
  const [digits = 0, upsideDown = 0, noise = 0] = (await lines('anomaly-scores.ts')).map((line) => after('\\w', line))
  t.true(digits < upsideDown, `${digits} ${upsideDown}`)
  t.true(upsideDown < noise, `${upsideDown} ${noise}`)
})
