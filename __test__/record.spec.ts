// Run folders, read and followed by another process than the one that trains.
import { appendFile, mkdir, truncate, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { readRun } from '../cli/runs/folder.js'
import { readEvents } from '../cli/runs/record/events.js'
import { type FollowEvent, followRun } from '../cli/runs/record/follow.js'
import { probesOf, readProbe } from '../cli/runs/record/probes.js'
import { trainerOf } from '../cli/runs/record/trainer-process.js'
import { type ProbeEvent, type TrainingEvent, trainVae, VaeError } from '../index.js'
import { parseEvent } from '../research.js'
import { fewDigits, retryUntilInTime, small, temporaryFolder } from './fixtures/digits.js'

const digits = await fewDigits()

/** Line of a record, as written by the engine. */
const line = (type: string, step: number, more: object = {}) =>
  `${JSON.stringify({ v: 1, type, step, epoch: Math.ceil(step / 10), seconds: step / 10, ...more })}\n`

const losses = { loss: 210, elbo: -205, reconstruction: 200, kl: 5, klShare: 0.1, beta: 2 }
const start = line('start', 0, { options: { epochs: 2, latentDim: 2, threads: null }, floor: null })
const epoch = (number: number) => line('epoch', 10 * number, { train: losses, examplesPerSecond: 1, best: true })
const end = line('end', 20, { status: 'completed', epochs: 2 })

/** Writes a run folder with this record. */
async function writtenFolder(t: ExecutionContext, record: string): Promise<string> {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'metrics.jsonl'), record)
  return folder
}

/** Events up to `until`, without silence, whose number depends on the machine. */
async function followUntil(
  folder: string,
  until: (event: FollowEvent) => unknown,
  meanwhile?: (event: FollowEvent) => unknown,
) {
  const all: FollowEvent[] = []
  for await (const event of followRun(folder, new AbortController().signal)) {
    if (event.type !== 'silence') all.push(event)
    if (await until(event)) break
    await meanwhile?.(event)
  }
  return all
}

const types = (events: readonly FollowEvent[]) => events.map(({ type }) => type)

test('a line of the record is parsed as its event', (t) => {
  const evaluation = { ...losses, loss: null, klPerDimension: [1, null], floor: null, ceiling: 9 }
  const read = parseEvent(line('epoch', 10, { train: losses, validation: evaluation, best: true }).trim())
  t.deepEqual(read, {
    type: 'epoch',
    step: 10,
    epoch: 1,
    seconds: 1,
    train: losses,
    validation: { ...losses, loss: Number.NaN, klPerDimension: Float32Array.of(1, Number.NaN), ceiling: 9 },
    best: true,
  } as unknown as TrainingEvent)
  const failed = line('end', 3, { status: 'failed', error: { code: 'ERR_VAE_IO', message: 'The disk is full.' } })
  const ended = parseEvent(failed) as Extract<TrainingEvent, { type: 'end' }>
  t.true(ended.error instanceof VaeError)
  for (const none of ['', '{', '{"v":1,"type":"ste', 'null', '3', '"start"', '[]', '{"type":"stop"}'])
    t.is(parseEvent(none), undefined, none)
})

test('a run folder holds the events of its run, and the probes that the run emitted', async (t) => {
  const folder = await temporaryFolder(t)
  // Paused at every step from the first on, so that no event overtakes another.
  const { out, run, emitted, reading } = await retryUntilInTime(async (number) => {
    const out = join(folder, `${number}`)
    const run = trainVae(digits.train, { ...small, validation: digits.test, out })
    const emitted: TrainingEvent[] = []
    const reading = (async () => {
      for await (const event of run) emitted.push(event)
    })()
    const control = await run.step().catch(() => undefined)
    if (control?.step === 1) return { out, run, emitted, reading }
    await run.stop()
    return undefined
  })
  while ((await run.step()).step < 16);
  await run.resume()
  await reading
  const [record, events, probes] = await Promise.all([readRun(out), readEvents(out), probesOf(out)])
  t.like(record, { options: { epochs: 2, hiddenDims: [32] }, data: { source: 'digits' } })
  const recorded = emitted.filter(
    ({ type, step }) => !['probe', 'checkpoint'].includes(type) && (type !== 'step' || step === 10),
  )
  t.deepEqual(events, recorded)
  const shown = emitted.filter((event): event is ProbeEvent => event.type === 'probe')
  t.deepEqual(
    probes.map((probe) => probe.epoch),
    [0, 1, 2],
  )
  for (const [i, { path }] of probes.entries()) {
    const { seconds, ...read } = await readProbe(path)
    const { seconds: toldAt = 0, ...event } = shown[i] as ProbeEvent
    t.deepEqual(read, event as typeof read)
    t.true(seconds <= toldAt)
  }
  // A follower receives the same events, with each probe after its epoch.
  const followed = await followUntil(out, () => false)
  const withoutSteps = (all: readonly FollowEvent[]) =>
    types(all).filter((type) => type !== 'step' && type !== 'control')
  t.deepEqual(withoutSteps(followed), ['start', 'probe', 'epoch', 'probe', 'epoch', 'probe', 'end'])
  t.deepEqual(
    followed.filter(({ type }) => type !== 'probe'),
    recorded,
  )
})

test('a run is followed while it trains', async (t) => {
  const folder = await temporaryFolder(t)
  const { out, run } = await retryUntilInTime(async (number) => {
    const out = join(folder, `${number}`)
    const run = trainVae(digits.train, { ...small, out })
    return (await run.pause().catch(() => undefined)) && { out, run }
  })
  let pending: Promise<unknown> | undefined
  const events = await followUntil(
    out,
    () => false,
    (one) => {
      // Controls of a paused run are emitted immediately.
      if (one.type === 'control' && one.name === 'pause') pending ??= run.setBeta(3)
      if (one.type === 'control' && one.name === 'beta') pending = run.resume()
    },
  )
  await pending
  await run
  t.true(types(events).indexOf('end') === events.length - 1)
  const controls = events.flatMap((one) => (one.type === 'control' ? [one.name] : []))
  t.deepEqual(controls, ['pause', 'beta', 'resume'])
  t.deepEqual(
    events.flatMap((one) => (one.type === 'probe' ? [one.epoch] : [])),
    [0, 1, 2],
  )
})

test('a half-written line waits for its other half', async (t) => {
  const [half, ...halves] = [epoch(1).slice(0, 40), epoch(1).slice(40)]
  const folder = await writtenFolder(t, start + half)
  const events = await followUntil(
    folder,
    () => false,
    async ({ type }) => {
      // By then it has polled again, without an event for the first half.
      if (type === 'silence') await appendFile(join(folder, 'metrics.jsonl'), halves.shift() ?? '')
      if (type === 'epoch') await appendFile(join(folder, 'metrics.jsonl'), end)
    },
  )
  t.deepEqual(types(events), ['start', 'epoch', 'end'])
})

for (const [how, again] of [
  ['becomes shorter', start],
  ['grows past where it was', start + line('step', 10, { train: losses }) + epoch(1)],
] as const)
  test(`a record that is truncated and ${how} is read again from the beginning`, async (t) => {
    const folder = await writtenFolder(t, start + epoch(1))
    const path = join(folder, 'metrics.jsonl')
    let isCut = false
    const events = await followUntil(folder, async (one) => {
      if (one.type === 'epoch' && !isCut) {
        isCut = true
        await truncate(path, start.length)
        await appendFile(path, again.slice(start.length) + line('control', 10, { name: 'pause', by: 'api' }))
      }
      return one.type === 'control'
    })
    const expected = types(again.split('\n').flatMap((one) => parseEvent(one) ?? []))
    t.deepEqual(types(events), ['start', 'epoch', 'rewound', ...expected, 'control'])
  })

test('silence is emitted with the training process', async (t) => {
  const folder = await writtenFolder(t, start)
  const silence = async () => {
    for await (const event of followRun(folder, new AbortController().signal))
      if (event.type === 'silence') return event
    throw new Error('a run without an end was followed to its end')
  }
  const orphaned = await silence()
  t.true(orphaned.seconds >= 1)
  t.is(orphaned.trainer, undefined)
  await writeFile(join(folder, '.lock'), JSON.stringify({ pid: process.pid, host: hostname() }))
  t.deepEqual((await silence()).trainer, { pid: process.pid, host: hostname() })
})

test('a process that left a lock and has ended does not train', async (t) => {
  const folder = await temporaryFolder(t)
  t.is(await trainerOf(folder), undefined)
  const lock = join(folder, '.lock')
  // The largest process id on Linux, and more than other systems allow.
  const deadPid = 2 ** 22 - 1
  for (const [content, trains] of [
    ['', false],
    ['{"pid":', false],
    [{ pid: deadPid, host: hostname() }, false],
    [{ pid: process.ppid, host: hostname() }, true],
    [{ pid: deadPid, host: `not-${hostname()}` }, true],
  ] as const) {
    await writeFile(lock, typeof content === 'string' ? content : JSON.stringify(content))
    t.is((await trainerOf(folder)) !== undefined, trains, JSON.stringify(content))
  }
})

test('a follower can leave', async (t) => {
  const folder = await writtenFolder(t, start)
  const controller = new AbortController()
  const reason = new Error('enough')
  const following = (async () => {
    for await (const { type } of followRun(folder, controller.signal)) if (type === 'start') controller.abort(reason)
  })()
  t.is(await t.throwsAsync(following), reason)
})

test('invalid probe files are refused in one sentence, and other files are ignored', async (t) => {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'probes'))
  const path = join(folder, 'probes', '0012.safetensors')
  await writeFile(join(folder, 'probes', 'mine.safetensors'), '')
  const header = (json: string) => Buffer.concat([Buffer.from([json.length, 0, 0, 0, 0, 0, 0, 0]), Buffer.from(json)])
  for (const [content, message] of [
    [Buffer.from('abc'), /0012\.safetensors: the file ends too early$/],
    [Buffer.from([255, 0, 0, 0, 0, 0, 0, 0]), /the file ends too early$/],
    [header('{"a'), /expected a safetensors file, got something else$/],
    [header('{}'), /expected latents as 32-bit floats, found none$/],
    [header('{"latents":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}'), /the file ends too early$/],
  ] as const) {
    await writeFile(path, content)
    await t.throwsAsync(readProbe(path), { message })
  }
  t.deepEqual(await probesOf(folder), [{ epoch: 12, path }])
})
