import { runInNewContext } from 'node:vm'
import test from 'ava'
import { encodeOptions, wholeNumber } from '../api/encode-options.js'

const refused = (message: string) => ({ code: 'ERR_VAE_OPTION', message })

test('options cross as JSON, without what is undefined or left out', (t) => {
  const signal = new AbortController().signal
  const options = {
    beta: 5,
    hiddenDims: [512, 256],
    likelihood: { type: 'gaussian', variance: 'learned' },
    seed: undefined,
  }
  t.is(encodeOptions({ ...options, signal }, ['signal']), JSON.stringify(options))
  t.is(encodeOptions(undefined), '{}')
  t.is(encodeOptions({ mean: Float32Array.of(0.5, 1), nothing: null }), '{"mean":[0.5,1],"nothing":null}')
})

test('a value that JSON would bend is refused with its path', (t) => {
  const refuse = (options: object, message: string) => t.throws(() => encodeOptions(options), refused(message))
  refuse({ adam: { beta1: Number.NaN } }, 'adam.beta1: expected a finite number, got NaN.')
  refuse({ beta: Number.POSITIVE_INFINITY }, 'beta: expected a finite number, got Infinity.')
  refuse({ hiddenDims: [400, undefined] }, 'hiddenDims[1]: expected a finite number, got undefined.')
  // biome-ignore lint/suspicious/noSparseArray: it tests the hole
  refuse({ hiddenDims: [, 400] }, 'hiddenDims[0]: expected a finite number, got undefined.')
  refuse({ seed: 1n }, 'seed: expected plain JSON, got 1n, a bigint.')
  refuse({ beta: () => 1 }, 'beta: expected plain JSON, got a function.')
  refuse({ beta: Symbol('β') }, 'beta: expected plain JSON, got a symbol.')
  refuse({ probe: new Map() }, 'probe: expected plain JSON, got a Map.')
  refuse({ out: new URL('file:///runs') }, 'out: expected plain JSON, got a URL.')
  refuse([1], 'options: expected an object, got an array of 1.')
  t.throws(() => encodeOptions('fast' as never), refused('options: expected an object, got "fast".'))
  t.throws(() => encodeOptions(null as never), refused('options: expected an object, got null.'))
})

test('a cycle ends with a sentence', (t) => {
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  t.throws(() => encodeOptions(cycle), { code: 'ERR_VAE_OPTION', message: /nested too deep/ })
})

test('only own properties count, and __proto__ is a name like any other', (t) => {
  const inherited = Object.assign(Object.create({ beta: 5 }), { seed: 2 })
  t.throws(() => encodeOptions(inherited), { code: 'ERR_VAE_OPTION' })
  const polluting = JSON.parse('{"adam":{"__proto__":{"beta1":0.5}}}')
  t.is(encodeOptions(polluting), '{"adam":{"__proto__":{"beta1":0.5}}}')
  t.is(encodeOptions(Object.assign(Object.create(null), { beta: 2 })), '{"beta":2}')
  t.is(encodeOptions(runInNewContext('({ hiddenDims: [3] })')), '{"hiddenDims":[3]}')
})

test('a whole number that the border would wrap is refused', (t) => {
  t.is(wholeNumber('n', 16), 16)
  for (const wrong of [-1, 0.5, Number.NaN, 2 ** 32, '3', undefined]) {
    t.throws(() => wholeNumber('n', wrong), {
      code: 'ERR_VAE_OPTION',
      message: /^n: expected a whole number from 0 up, got /,
    })
  }
})
