import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import type { EpochEvent, TrainingEvent } from '../api/events.js'
import { neverStarted, TrainingRun } from '../api/run.js'
import { Vae } from '../api/vae.js'
import { VaeError } from '../index.js'
import { FakeEngine, fakeRun, lossesOf } from './fixtures/fake-run.js'

async function typesOf(events: AsyncIterable<TrainingEvent>): Promise<string[]> {
  const types: string[] = []
  for await (const event of events) types.push(event.type)
  return types
}

test('a run is a real promise of the model', async (t) => {
  const { engine, run } = fakeRun()
  t.true(run instanceof Promise)
  t.is(Object.prototype.toString.call(run), '[object Promise]')
  const derived = run.then((vae) => vae.parameters)
  t.false(derived instanceof TrainingRun)
  engine.start()
  engine.complete()
  t.true((await run) instanceof Vae)
  t.is(await derived, 7)
  t.is(await run.finally(() => {}), await run)
  t.is(run.state, 'completed')
})

test('every event reaches every consumer, each in its own time', async (t) => {
  const { engine, run } = fakeRun()
  const first = typesOf(run)
  const second = typesOf(run)
  engine.start()
  engine.step()
  await engine.polled()
  engine.epoch(1)
  engine.emit('warning', { code: 'collapsed', message: 'KL is 0.' })
  engine.complete()
  const expected = ['start', 'step', 'epoch', 'warning', 'end']
  t.deepEqual(await first, expected)
  t.deepEqual(await second, expected)
})

test('a slow consumer loses nothing but steps and probes that newer ones overtake', async (t) => {
  const { engine, run } = fakeRun()
  const events = run[Symbol.asyncIterator]()
  engine.start()
  for (let i = 0; i < 3; i++) engine.step({ coalesced: i })
  engine.epoch(1)
  for (let i = 0; i < 2; i++) engine.emit('probe', {}, { latents: Float32Array.of(i, i) })
  engine.step()
  engine.epoch(2)
  engine.complete()
  await run
  const seen: TrainingEvent[] = []
  for await (const event of events) seen.push(event)
  t.deepEqual(
    seen.map(({ type }) => type),
    ['start', 'epoch', 'probe', 'step', 'epoch', 'end'],
  )
  // Four steps that coalesced 0 + 1 + 2 + 0 others: the newest coalesces six besides itself.
  t.like(seen[3], { type: 'step', coalesced: 6, step: 8 })
  t.like(seen[2], { latents: { shape: [1, 2], data: Float32Array.of(1, 1) } })
})

test('break unsubscribes and leaves the run and other consumers alone', async (t) => {
  const { engine, run } = fakeRun()
  const all = typesOf(run)
  engine.start()
  for await (const event of run) {
    t.is(event.type, 'start')
    break
  }
  t.is(run.state, 'running')
  t.deepEqual(engine.commands, [])
  engine.complete()
  t.deepEqual(await all, ['start', 'end'])
})

test('a late iterator is given the start, epochs and controls so far, then what follows', async (t) => {
  const { engine, run } = fakeRun()
  const pause = run.pause()
  engine.start()
  engine.step()
  engine.answer()
  engine.epoch(1)
  await pause
  await engine.polled()
  const late = typesOf(run)
  engine.step()
  engine.complete()
  t.deepEqual(await late, ['start', 'control', 'epoch', 'step', 'end'])
  t.deepEqual(await typesOf(run), ['start', 'control', 'epoch', 'end'])
  t.is(run.history.length, 1)
})

test('a filter passes only the types asked for', async (t) => {
  const { engine, run } = fakeRun()
  const epochs: number[] = []
  engine.start()
  engine.epoch(1)
  engine.step()
  engine.epoch(2)
  engine.complete()
  for await (const event of run.events('epoch')) epochs.push(event.epoch)
  t.deepEqual(epochs, [1, 2])
  t.throws(() => run.events('epochs' as 'epoch'), {
    code: 'ERR_VAE_OPTION',
    message: /^types: expected some of start, /,
  })
})

test('a failing run rejects, and iteration yields the end, then throws the same error', async (t) => {
  const { engine, run } = fakeRun()
  const seen: TrainingEvent[] = []
  const loop = (async () => {
    for await (const event of run) seen.push(event)
  })()
  engine.start()
  engine.fail()
  const thrown = await t.throwsAsync(loop, { instanceOf: VaeError, code: 'ERR_VAE_IO', message: 'The disk is full.' })
  const rejected = await t.throwsAsync<VaeError>(run)
  t.is(thrown, rejected)
  t.is(rejected?.path, 'runs/a')
  t.deepEqual(
    seen.map(({ type }) => type),
    ['start', 'end'],
  )
  t.is((seen[1] as Extract<TrainingEvent, { type: 'end' }>).error, rejected)
  await t.throwsAsync(typesOf(run.events('epoch')), { is: rejected })
})

test('a run that diverged hands out the last good model', async (t) => {
  const { engine, run } = fakeRun()
  engine.fail('diverged')
  const error = await t.throwsAsync<VaeError>(run, { code: 'ERR_VAE_DIVERGED' })
  t.true(error?.lastGood instanceof Vae)
  t.is(run.state, 'diverged')
  t.deepEqual(JSON.parse(JSON.stringify(error)), {
    code: 'ERR_VAE_DIVERGED',
    message: 'The disk is full.',
    path: 'runs/a',
  })
})

test('an aborted signal ends the run with its reason', async (t) => {
  const controller = new AbortController()
  const { engine, run } = fakeRun({ signal: controller.signal })
  const types = typesOf(run)
  engine.start()
  await run.started
  const reason = new Error('out of patience')
  controller.abort(reason)
  t.true(engine.aborted)
  await t.throwsAsync(run, { is: reason })
  await t.throwsAsync(types, { is: reason })
  t.is(run.state, 'aborted')
})

test('a signal that was aborted before ends the run without touching the engine', async (t) => {
  const reason = new Error('too late')
  const run = new TrainingRun(neverStarted, { shape: [4], range: [0, 1], signal: AbortSignal.abort(reason) })
  await t.throwsAsync(run, { is: reason })
  await t.throwsAsync(run.started, { is: reason })
  await t.throwsAsync(run.pause(), { code: 'ERR_VAE_ENDED' })
})

test('an engine that aborts by itself says so', async (t) => {
  const { engine, run } = fakeRun()
  engine.abort()
  await t.throwsAsync(run, { code: 'ERR_VAE_ABORTED' })
})

test('controls resolve with the event that answers them', async (t) => {
  const { engine, run } = fakeRun({ out: 'runs/a' })
  engine.start()
  const beta = run.setBeta(5)
  t.deepEqual(engine.commands, [{ id: 1, name: 'beta', to: 5 }])
  engine.answer({ from: 1, to: 5 })
  t.like(await beta, { type: 'control', name: 'beta', from: 1, to: 5 })
  const checkpoint = run.checkpoint('here.safetensors')
  engine.answer({ path: 'here.safetensors', reason: 'request' }, 'checkpoint')
  t.deepEqual(await checkpoint, { path: 'here.safetensors', step: 3 })
  const full = run.checkpoint()
  engine.answer({ code: 'checkpoint-failed', message: 'The disk is full.' }, 'warning')
  await t.throwsAsync(full, { code: 'ERR_VAE_IO', message: 'The disk is full.' })
  await t.throwsAsync(run.setLearningRate(Number.NaN), {
    code: 'ERR_VAE_OPTION',
    message: 'learningRate: expected a finite number, got NaN.',
  })
  const pause = run.pause()
  engine.answer()
  await pause
  t.is(run.state, 'paused')
  const resumed = run.resume()
  engine.answer()
  await resumed
  t.is(run.state, 'running')
  const step = run.step()
  t.like(engine.commands.at(-1), { name: 'step' })
  engine.step()
  engine.answer()
  t.like(await step, { type: 'control', name: 'step' })
  t.is(run.state, 'paused')
  const unanswered = run.resume()
  engine.complete()
  await t.throwsAsync(unanswered, { code: 'ERR_VAE_ENDED' })
  await t.throwsAsync(run.pause(), { code: 'ERR_VAE_ENDED' })
})

test('stop resolves to the model, also when the run has ended', async (t) => {
  const { engine, run } = fakeRun()
  const stopped = run.stop()
  t.is(engine.commands.at(-1)?.name, 'stop')
  engine.complete('stopped')
  t.is(await stopped, await run)
  t.is(await run.stop(), await run)
  t.is(run.state, 'stopped')
})

test('leaving the scope of a run stops it and waits', async (t) => {
  const { engine, run } = fakeRun()
  const disposed = run[Symbol.asyncDispose]()
  await engine.polled()
  t.is(engine.commands.at(-1)?.name, 'stop')
  engine.complete('stopped')
  await disposed
  t.is(run.state, 'stopped')
  await run[Symbol.asyncDispose]()
})

test('leaving the scope of a run that failed does not throw a second time', async (t) => {
  const { engine, run } = fakeRun()
  engine.fail()
  await t.throwsAsync(run)
  await t.notThrowsAsync(run[Symbol.asyncDispose]())
})

test('started resolves with the start event, or rejects with the failure', async (t) => {
  const good = fakeRun()
  good.engine.start()
  t.is((await good.run.started).ceiling, 205)
  good.engine.complete()
  const bad = fakeRun()
  bad.engine.fail()
  const error = await t.throwsAsync(bad.run)
  await t.throwsAsync(bad.run.started, { is: error })
})

test('numbers that are not finite arrive as NaN', async (t) => {
  const { engine, run } = fakeRun()
  engine.emit('step', { train: lossesOf(null), examplesPerSecond: null, coalesced: 0 })
  engine.emit('epoch', {
    train: lossesOf(1),
    validation: { ...lossesOf(null), klPerDimension: [1, null], activeUnits: 1, floor: null, ceiling: 205 },
    best: false,
  })
  engine.complete()
  const seen: TrainingEvent[] = []
  for await (const event of run) seen.push(event)
  t.like(seen[0], { train: { loss: Number.NaN, kl: 5 } })
  t.like(seen[1], { validation: { loss: Number.NaN, klPerDimension: Float32Array.of(1, Number.NaN) } })
  t.false('floor' in ((seen[1] as EpochEvent).validation ?? {}))
  t.is(run.progress.secondsLeft, Number.NaN)
})

test('a run that continues another has its history', async (t) => {
  const engine = new FakeEngine()
  const earlier = { v: 1, type: 'epoch', step: 1, epoch: 1, seconds: 1, train: lossesOf(null), best: true }
  engine.history = JSON.stringify([earlier])
  const run = new TrainingRun(engine, { shape: [2, 2], range: [0, 1] })
  engine.epoch(2)
  engine.complete()
  await run
  t.like(run.history, [{ epoch: 1, train: { loss: Number.NaN } }, { epoch: 2 }])
})

test('several next() at once are served in order', async (t) => {
  const { engine, run } = fakeRun()
  const iterator = run[Symbol.asyncIterator]()
  const all = Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()])
  engine.start()
  engine.epoch(1)
  engine.complete()
  const results = await all
  t.deepEqual(
    results.map(({ done, value }) => (done ? 'done' : value.type)),
    ['start', 'epoch', 'end', 'done'],
  )
})

test('a poll that throws ends the run as failed', async (t) => {
  const { engine, run } = fakeRun()
  engine.start()
  await run.started
  engine.poll = () => {
    throw new Error('{"code":"ERR_VAE_INTERNAL","message":"A panic."}')
  }
  const types = typesOf(run)
  const error = await t.throwsAsync(run, { code: 'ERR_VAE_INTERNAL', message: 'A panic.' })
  await t.throwsAsync(types, { is: error })
})

/** Runs a program in a separate process, whose exit code shows whether a rejection was handled. */
async function child(body: string): Promise<{ code: number; stderr: string }> {
  const program = `import { fakeRun } from './__test__/fixtures/fake-run.js'; const { engine, run } = fakeRun(); ${body}`
  const args = ['--import=tsx', '--input-type=module', '--eval', program]
  try {
    const { stderr } = await promisify(execFile)(process.execPath, args)
    return { code: 0, stderr }
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string }
    return { code, stderr }
  }
}

test('a failure without a handler is an unhandled rejection', async (t) => {
  const dropped = await child('engine.fail()')
  t.is(dropped.code, 1)
  t.regex(dropped.stderr, /VaeError: The disk is full\./)
  t.like(await child("engine.fail(); await run.catch((e) => process.exit(e.code === 'ERR_VAE_IO' ? 7 : 8))"), {
    code: 7,
  })
})

test('a failure that is only iterated is handled by the loop', async (t) => {
  const iterated = 'engine.fail(); try { for await (const _ of run); } catch { setTimeout(() => process.exit(7), 50) }'
  t.like(await child(iterated), { code: 7 })
})

test('a run keeps the process alive until it ends', async (t) => {
  const dropped =
    'setTimeout(() => engine.complete(), 200).unref(); process.on("exit", () => { process.exitCode = run.state === "completed" ? 7 : 8 })'
  t.like(await child(dropped), { code: 7 })
})
