// Effects of a run on its process: event loop, exit, threads and memory.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type ChildResult, child, distIndex, runConcurrently } from './fixtures/child.js'
import { checksAll } from './fixtures/tools.js'

const cores = availableParallelism()
/** Concurrent children; each has its own threads. */
const concurrency = Math.max(2, cores)
/** Number of processes ended in the middle of their work. */
const times = checksAll ? 50 : 10
/** Milliseconds between the end times of successive processes: 50 in total. */
const spacing = 50 / times
const endless = '{ hiddenDims: [32], epochs: 1e6, batchSize: 100, threads: 1, probe: false }'

function folder(t: ExecutionContext): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'vae-native-process-')))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

for (const threads of new Set([cores, Math.max(1, cores - 1)])) {
  test.serial(`a timer keeps firing while a run trains on ${threads} of ${cores} cores`, async (t) => {
    const { stdout, stderr } = await child(`
      const run = trainVae(train, { epochs: 1e6, threads: ${threads}, probe: false })
      await run.started
      // If training blocked the event loop, the timer would never fire, because this training has no end.
      await new Promise((resolve) => {
        let fired = 0
        const timer = setInterval(() => {
          fired += 1
          if (fired < 150 || run.progress.step === 0) return
          clearInterval(timer)
          resolve()
        }, 10)
      })
      console.log(run.state)
      await run.stop()`)
    t.is(stderr, '')
    t.is(stdout, 'running\n')
  })
}

/** Ends processes in the middle of a run, each at another time. */
async function ends(t: ExecutionContext, body: string, expected: (ended: ChildResult) => void): Promise<void> {
  const all = await runConcurrently(times, concurrency, (index) =>
    child(`
      const run = trainVae(train, ${endless})
      await run.started
      await new Promise((resolve) => setTimeout(resolve, ${index * spacing}))
      ${body}`),
  )
  for (const ended of all) {
    t.is(ended.signal, null, ended.stderr)
    expected(ended)
  }
}

test.serial(`process.exit in the middle of a run is clean, ${times} times`, async (t) => {
  await ends(t, 'process.exit(7)', ({ code, stderr }) => {
    t.is(code, 7)
    t.is(stderr, '')
  })
})

test.serial(`an uncaught error in the middle of a run is clean, ${times} times`, async (t) => {
  await ends(t, "setTimeout(() => { throw new Error('on purpose') })", ({ code, stderr }) => {
    t.is(code, 1)
    t.regex(stderr, /Error: on purpose/)
    t.notRegex(stderr, /panicked|FATAL|abort|Segmentation/i)
  })
})

test.serial('process.exit does not wait for a call of a model', async (t) => {
  const all = await runConcurrently(4, concurrency, (index) =>
    child(`
      const vae = await trainVae(train.slice(0, 100), { epochs: 1, threads: 1 })
      vae.logLikelihood(train, { samples: 1e6 })
      vae.encode(train)
      setTimeout(() => process.exit(7), ${10 * index})`),
  )
  for (const ended of all) t.like(ended, { code: 7, signal: null, stderr: '' })
})

test.serial(`terminating a worker in the middle of a run is clean, ${times} times in one process`, async (t) => {
  const worker = `
    import { datasets, trainVae } from ${JSON.stringify(distIndex)}
    import { parentPort } from 'node:worker_threads'
    const { train } = await datasets.load('digits')
    const run = trainVae(train, ${endless})
    await run.started
    parentPort.postMessage('training')`
  const { code, signal, stdout, stderr } = await child(`
    import { Worker } from 'node:worker_threads'
    import { readdirSync } from 'node:fs'
    const source = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(worker)}))
    const threads = () => process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0
    let before
    for (let i = 0; i < ${times}; i++) {
      const worker = new Worker(source)
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
      await new Promise((resolve) => setTimeout(resolve, i * ${spacing}))
      await worker.terminate()
      before ??= threads()
    }
    const vae = await trainVae(train.slice(0, 100), { hiddenDims: [8], epochs: 1, threads: 1 })
    vae.dispose()
    // Threads of the last worker end later; if every worker leaked threads, this loop would not end.
    while (threads() > before + 2) await new Promise((resolve) => setTimeout(resolve, 20))
    console.log(vae.trained.step)`)
  t.is(stderr, '')
  t.is(signal, null)
  t.is(code, 0)
  t.is(stdout, '1\n')
})

test.serial('terminating a worker in the middle of calls is clean, and leaves the process at work', async (t) => {
  // Short calls, because such a worker ends with them.
  const worker = `
    import { bench, datasets, trainVae } from ${JSON.stringify(distIndex)}
    import { parentPort } from 'node:worker_threads'
    const { train } = await datasets.load('digits')
    const vae = await trainVae(train.slice(0, 100), { hiddenDims: [16], epochs: 1, threads: 1, probe: false })
    const x = train.slice(0, 500)
    const calls = [vae.logLikelihood(x, { samples: 500 }), vae.evaluate(train), bench(train, { steps: 20 })]
    for (const call of calls) call.catch(() => {})
    setTimeout(() => parentPort.postMessage('calling'))`
  const ended = await child(`
    import { Worker } from 'node:worker_threads'
    const source = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(worker)}))
    for (let i = 0; i < 5; i++) {
      const worker = new Worker(source)
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
      await new Promise((resolve) => setTimeout(resolve, 5 * i))
      await worker.terminate()
    }
    console.log((await trainVae(train.slice(0, 100), { hiddenDims: [8], epochs: 1, threads: 1 })).trained.step)`)
  t.like(ended, { code: 0, signal: null, stderr: '', stdout: '1\n' })
})

test.serial('two runs at once here and two in a worker give the same bits', async (t) => {
  const options = '{ hiddenDims: [24], epochs: 3, batchSize: 50, threads, probe: false }'
  const two = `
    const { createHash } = await import('node:crypto')
    const some = train.slice(0, 1000)
    const runs = await Promise.all([1, 2].map((threads) => trainVae(some, ${options})))
    const hash = async (vae) => createHash('sha256').update((await vae.encode(some)).mean.data).digest('hex')
    const hashes = await Promise.all(runs.map(hash))`
  const worker = `
    import { datasets, trainVae } from ${JSON.stringify(distIndex)}
    import { parentPort } from 'node:worker_threads'
    const { train } = await datasets.load('digits')
    ${two}
    parentPort.postMessage(hashes)`
  const ended = await child(`
    import { Worker } from 'node:worker_threads'
    const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(worker)})))
    const there = new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    ${two}
    console.log([...hashes, ...(await there)].join('\\n'))`)
  t.like(ended, { code: 0, signal: null, stderr: '' })
  const hashes = ended.stdout.trim().split('\n')
  t.is(hashes.length, 4)
  t.is(new Set(hashes).size, 1)
})

test('a run that is only iterated throws in its loop and nowhere else', async (t) => {
  const ended = await child(`
    const run = trainVae(train, { ...${endless}, learningRate: 1e30 })
    try { for await (const _ of run); } catch ({ code }) { console.log(code) }
    await new Promise((resolve) => setTimeout(resolve, 50))
    console.log('alive')`)
  t.like(ended, { code: 0, stderr: '', stdout: 'ERR_VAE_DIVERGED\nalive\n' })
})

test('a run that is only awaited resolves', async (t) => {
  const ended = await child(`console.log((await trainVae(train.slice(0, 200), { epochs: 1 })).trained.step)`)
  t.like(ended, { code: 0, stderr: '', stdout: '2\n' })
})

test('a run that is dropped keeps the process until it ends, and no longer', async (t) => {
  const out = join(folder(t), 'run')
  const ended = await child(`trainVae(train.slice(0, 200), { epochs: 3, out: ${JSON.stringify(out)} })`)
  t.like(ended, { code: 0, signal: null, stdout: '', stderr: '' })
  t.true(readdirSync(out).includes('model.safetensors'))
})

test('a run that is dropped and fails is an unhandled rejection', async (t) => {
  const ended = await child(`trainVae(train, { ...${endless}, learningRate: 1e30 })`)
  t.is(ended.code, 1)
  t.regex(ended.stderr, /VaeError: the loss of step \d+ is not finite/)
})

/** The record without times and paths. */
function record(out: string): string {
  const text = readFileSync(join(out, 'metrics.jsonl'), 'utf8')
  return text.replace(/"(seconds|examplesPerSecond|model)":[^,}]+/g, '"$1":0')
}

test.serial('a run that is killed again and again ends as one that never was', async (t) => {
  const path = folder(t)
  // 54 steps per epoch.
  const [epochs, steps] = [30, 30 * 54]
  const options = (out: string) =>
    `{ hiddenDims: [64], epochs: ${epochs}, batchSize: 50, threads: 1, validation: 0.1, keep: 'best', resume: true,
       checkpointEvery: { epochs: 1, seconds: 0.02 }, out: ${JSON.stringify(out)} }`
  const run = (out: string) => `const vae = await trainVae(train.slice(0, 3000), ${options(out)}); vae.dispose()`
  // It kills itself at the event of a step, while training continues, so that no signal arrives too late.
  const killed = (out: string, step: number) => `
    const run = trainVae(train.slice(0, 3000), ${options(out)})
    if (${step} > 0) for await (const event of run) if (event.step >= ${step}) break
    process.kill(process.pid, 'SIGKILL')`
  const whole = join(path, 'whole')
  t.like(await child(run(whole)), { code: 0, stderr: '' })
  await runConcurrently(checksAll ? 4 : 2, concurrency, async (chain) => {
    const out = join(path, `chain-${chain}`)
    const kills: number[] = []
    for (let kill = 0; kill < 6; kill++) {
      // The first kill is before the first step; later ones come later.
      const step = kill === 0 ? 0 : Math.ceil((steps * (kill - Math.random())) / 5)
      kills.push(step)
      t.is((await child(killed(out, step))).signal, 'SIGKILL')
    }
    // A run killed before its first probe has no folder for probes.
    mkdirSync(join(out, 'probes'), { recursive: true })
    for (const folder of [out, join(out, 'probes')])
      writeFileSync(join(folder, '.vae-native-stale.tmp'), 'what a kill may leave')
    t.like(await child(run(out)), { code: 0, stderr: '' })
    const about = `killed at ${kills.join(', ')} of ${steps} steps`
    t.deepEqual(readFileSync(join(out, 'model.safetensors')), readFileSync(join(whole, 'model.safetensors')), about)
    t.is(record(out), record(whole), about)
    t.deepEqual(readdirSync(out).sort(), readdirSync(whole).sort(), about)
    t.deepEqual(readdirSync(join(out, 'probes')), readdirSync(join(whole, 'probes')), about)
  })
})

const runs = checksAll ? 200 : 50
const onLinux = platform() === 'linux' ? test.serial : test.serial.skip

onLinux(`${runs} runs leave no thread, no open file and little memory behind`, async (t) => {
  const { stdout, stderr } = await child(`
    import { readdirSync } from 'node:fs'
    const some = train.slice(0, 100)
    const cycle = async () => {
      const vae = await trainVae(some, { epochs: 1, batchSize: 50, threads: 2 })
      await vae.sample(1)
      vae.dispose()
    }
    const count = (what) => readdirSync('/proc/self/' + what).length
    const state = () => ({ threads: count('task'), files: count('fd'), bytes: process.memoryUsage.rss() })
    for (let i = 0; i < 20; i++) await cycle()
    const before = state()
    for (let i = 0; i < ${runs}; i++) await cycle()
    // The last model's threads end later.
    const isMore = ({ threads, files }) => threads > before.threads + 2 || files > before.files + 2
    while (isMore(state())) await new Promise((resolve) => setTimeout(resolve, 20))
    console.log(JSON.stringify({ before, after: state() }))`)
  t.is(stderr, '')
  const { before, after } = JSON.parse(stdout)
  const growth = (after.bytes - before.bytes) / 2 ** 20
  t.log(
    `threads ${before.threads} → ${after.threads}, files ${before.files} → ${after.files}, RSS +${growth.toFixed(1)} MiB`,
  )
  t.true(after.threads <= before.threads + 2)
  t.true(after.files <= before.files + 2)
  // A trainer leaked by each run, with θ and both moments, would be more.
  t.true(growth < 100)
})
