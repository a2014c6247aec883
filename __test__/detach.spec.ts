// Detached training: a process that outlives the one that began it, and its terminal.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { followRun } from '../cli/runs/record/follow.js'
import { trainerOf } from '../cli/runs/record/trainer-process.js'
import { datasets, trainVae, type VaeError } from '../index.js'
import { child, distIndex } from './fixtures/child.js'
import { temporaryFolder } from './fixtures/digits.js'

/** The published module, which starts the program beside it. */
const detach = new URL('../dist/cli/runs/detach.js', import.meta.url).href

const { train } = await datasets.load('digits')
/** 6 epochs of 100 steps. */
const options = { hiddenDims: [64], epochs: 6, batchSize: 100, threads: 1 } as const

const model = (out: string) => readFile(join(out, 'model.safetensors'))

test('a run that is stopped anywhere and detached ends as one that never was', async (t) => {
  const folder = await temporaryFolder(t)
  const whole = join(folder, 'whole')
  await trainVae(train, { ...options, out: whole })
  for (let i = 0; i < 3; i++) {
    const step = 1 + Math.floor(Math.random() * 500)
    const out = join(folder, `from-${step}`)
    // In its own process group, as started by a shell; closing the terminal ends the group.
    const program = `
      import { datasets, trainVae } from ${JSON.stringify(distIndex)}
      import { detach } from ${JSON.stringify(detach)}
      const { train } = await datasets.load('digits')
      const run = trainVae(train, { ...${JSON.stringify(options)}, out: ${JSON.stringify(out)} })
      for await (const event of run.events('step')) if (event.step >= ${step}) break
      await run.stop()
      console.log((await detach(${JSON.stringify(out)})).pid)
      setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [output] = await once(parent.stdout, 'data')
    const pid = Number(String(output))
    process.kill(-(parent.pid ?? Number.NaN), 'SIGHUP')
    t.deepEqual(await once(parent, 'exit'), [null, 'SIGHUP'])

    const types: string[] = []
    for await (const { type } of followRun(out, new AbortController().signal)) types.push(type)
    t.is(types.at(-1), 'end', `${types}`)
    t.not(pid, parent.pid)
    t.deepEqual(await model(out), await model(whole), `stopped at step ${step}`)
    t.regex(await readFile(join(out, 'train.log'), 'utf8'), /^(resumed at step [\d,]+\n|✔)/)
  }
})

test('the training process holds the folder, and stops at SIGTERM', async (t) => {
  const out = join(await temporaryFolder(t), 'run')
  const long = { ...options, epochs: 100_000, out } as const
  await trainVae(train, long).stop()
  const { stdout, stderr } = await child(`
    import { detach } from ${JSON.stringify(detach)}
    console.log((await detach(${JSON.stringify(out)})).pid)`)
  t.is(stderr, '')
  const pid = Number(stdout)
  t.teardown(async () => {
    if ((await trainerOf(out))?.pid === pid) process.kill(pid, 'SIGKILL')
  })
  t.like(await trainerOf(out), { pid })
  const error = t.throws<VaeError>(() => trainVae(train, { ...long, resume: true }))
  t.true(error?.message.includes(`in use by process ${pid} on `), error?.message)
  for await (const { type } of followRun(out, new AbortController().signal)) if (type === 'step') break
  process.kill(pid, 'SIGTERM')
  for await (const event of followRun(out, new AbortController().signal))
    if (event.type === 'silence' && event.trainer === undefined) break
  const resumed = trainVae(train, { ...long, resume: true })
  t.true(((await resumed.started).resumedFrom ?? 0) > 0)
  await resumed.stop()
})

test('a run that cannot continue is refused immediately', async (t) => {
  const out = join(await temporaryFolder(t), 'run')
  const failure = async () => {
    const { stdout } = await child(`
      import { detach } from ${JSON.stringify(detach)}
      console.log(await detach(${JSON.stringify(out)}).catch(({ message }) => message))`)
    return stdout.trim()
  }
  t.is(await failure(), `${out}: there is no run to be found here, run.json is missing`)
  const data = Float32Array.from({ length: 400 }, (_, i) => (i % 7) / 7)
  await trainVae({ data, shape: [100, 4] }, { ...options, out }).stop()
  t.regex(await failure(), /run\.json: this run was trained on data from a program; name it with --data$/)
  const path = join(out, 'run.json')
  const record = JSON.parse(await readFile(path, 'utf8'))
  record.data.source = './gone.npy'
  await writeFile(path, JSON.stringify(record))
  t.regex(
    await failure(),
    /^.*run: training did not continue: ✖ \.\/gone\.npy: the data that .* was trained on are not there; name them with --data$/,
  )
})
