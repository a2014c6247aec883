// Error of each bad input: code and full message. No failure leaves a file behind or crashes Node.
import { readdirSync } from 'node:fs'
import { platform } from 'node:process'
import test from 'ava'
import { datasets, optionTable, type TrainOptions, trainVae, VaeError } from '../index.js'
import { child } from './fixtures/child.js'
import { badInputs } from './fixtures/errors/index.js'
import { Place, small, someDigits, someModel } from './fixtures/errors/place.js'

for (const [title, inputs] of Object.entries(badInputs)) {
  for (const { input, arrange, code, message } of inputs) {
    test(`${title}: ${input}`, async (t) => {
      const place = new Place()
      t.teardown(() => place.remove())
      const act = await arrange(place)
      const before = place.listing()
      const error = await t.throwsAsync<VaeError>(async () => act(), { instanceOf: VaeError })
      t.is(place.plain(error?.message ?? ''), message)
      t.is(error?.code as string, code)
      // Files written by `act` itself are inputs; a partial output would have another name.
      const left = place.listing().filter((name) => !before.includes(name))
      t.deepEqual(
        left.filter((name) => /\.tmp$|^model\.safetensors$|^out/.test(name)),
        [],
      )
    })
  }
}

test('bad inputs are many and distinct, and each message is a sentence', (t) => {
  const all = Object.values(badInputs).flat()
  t.true(all.length >= 36)
  t.is(new Set(all.map(({ input }) => input)).size, all.length)
  for (const { input, message } of all) {
    t.regex(message, /^\S.*[.?]$/s, input)
    t.notRegex(message, /\n|undefined is not|panicked|\bunwrap|os error 2\b.*os error/, input)
  }
})

test('a message names options in back-ticks, its own aside', (t) => {
  // Names that are not English words: others may occur in prose.
  const names = optionTable.map(({ name }) => name as string).filter((name) => /[A-Z]/.test(name))
  const named = new RegExp(`\\b(${[...names, 'onError', 'limitBytes', 'labelColumn'].join('|')})\\b`)
  for (const { message } of Object.values(badInputs).flat()) {
    const prose = message.replace(/^[\w.[\]]+: /, '').replace(/`[^`]*`/g, '')
    t.notRegex(prose, named, message)
  }
})

test('an error that a getter throws arrives as it was thrown', async (t) => {
  const thrown = new RangeError('a getter')
  const options = {
    get epochs(): number {
      throw thrown
    },
  }
  const digits = await someDigits()
  t.is(
    t.throws(() => trainVae(digits, options)),
    thrown,
  )
})

test('__proto__ in options pollutes nothing', async (t) => {
  const digits = await someDigits()
  t.throws(() => trainVae(digits, JSON.parse('{"adam": {"__proto__": {"polluted": 1}}}') as TrainOptions), {
    code: 'ERR_VAE_OPTION',
    message: 'adam.__proto__: there is no such option.',
  })
  t.is(({} as { polluted?: number }).polluted, undefined)
})

test('values in shared memory are copied like any others', async (t) => {
  const shared = new Float32Array(new SharedArrayBuffer(4 * 784)).fill(0.5)
  const digits = datasets.fromArray(shared, { shape: [28, 28] })
  shared.fill(Number.NaN)
  t.is(digits.toTensor().data[783], 0.5)
  const { mean } = await (await someModel()).encode(digits)
  t.true(mean.data.every(Number.isFinite))
})

test('data that change after the call change nothing', async (t) => {
  const floats = new Float32Array(784).fill(0.5)
  const encoding = (await someModel()).encode(floats)
  floats.fill(0)
  const later = await (await someModel()).encode(new Float32Array(784).fill(0.5))
  t.deepEqual((await encoding).mean, later.mean)
})

const onUnix = platform === 'win32' ? test.skip : test

onUnix('a write that fails in the middle of a save leaves the old file and no other', async (t) => {
  const place = new Place()
  t.teardown(() => place.remove())
  const path = place.file('model.safetensors', 'the file before')
  const body = `
    const vae = await trainVae(train.slice(0, 100), ${JSON.stringify({ ...small, hiddenDims: [100] })})
    await vae.save(${JSON.stringify(path)}).catch(({ code, message }) => console.log(code, message))`
  const { stdout, stderr, code } = await child(body, { fileLimit: 64 })
  t.is(stderr, '')
  t.is(
    place.plain(stdout),
    'ERR_VAE_IO model.safetensors: cannot write the file: File too large (os error 27); free some space, or choose another place.\n',
  )
  t.is(code, 0)
  t.deepEqual(place.listing(), ['model.safetensors'])
})

onUnix('a run whose checkpoints cannot be written warns, ends as failed, and leaves no half of one', async (t) => {
  const place = new Place()
  t.teardown(() => place.remove())
  const out = place.path('run')
  const options = { ...small, epochs: 2, hiddenDims: [100], out }
  const body = `
    const run = trainVae(train.slice(0, 100), ${JSON.stringify(options)})
    run.catch(() => {})
    for await (const { code, status, error, message } of run.events('warning', 'end')) {
      console.log(code ?? status, message ?? error.message)
    }`
  const { stdout } = await child(`try {${body}} catch (error) { console.log(error.code) }`, { fileLimit: 64 })
  const full = 'cannot write the file: File too large (os error 27); free some space, or choose another place.'
  t.deepEqual(place.plain(stdout).split('\n'), [
    `checkpoint-failed run/checkpoint.safetensors: ${full}`,
    `checkpoint-failed run/checkpoint.safetensors: ${full}`,
    `checkpoint-failed run/checkpoint.safetensors: ${full}`,
    `failed run/model.safetensors: ${full}`,
    'ERR_VAE_IO',
    '',
  ])
  t.deepEqual(readdirSync(out).sort(), ['.lock', 'metrics.jsonl', 'run.json'])
})
