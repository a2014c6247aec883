// A saved model in Python: the same weights give the same terms.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { datasets, type Tensor, type TrainOptions, trainVae } from '../index.js'
import { pythonWith } from './fixtures/tools.js'

const script = fileURLToPath(new URL('./fixtures/load_in_python.py', import.meta.url))

function npy({ data, shape }: Tensor): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')},), }\n`
  const length = Buffer.alloc(2)
  length.writeUInt16LE(header.length)
  const magic = Buffer.from('\x93NUMPY\x01\x00', 'latin1')
  return Buffer.concat([magic, length, Buffer.from(header), Buffer.from(data.buffer, data.byteOffset, data.byteLength)])
}

const models: [string, TrainOptions][] = [
  ['bernoulli', { hiddenDims: [64, 32] }],
  ['gaussian with a learned variance', { likelihood: { type: 'gaussian', variance: 'learned' }, activation: 'tanh' }],
  ['deterministic', { posterior: 'deterministic', likelihood: 'squared-error', hiddenDims: [] }],
]

for (const [name, options] of models) {
  test(`a saved model loads in Python and means the same there: ${name}`, async (t) => {
    const python = pythonWith(t, 'numpy')
    if (python === undefined) return
    const folder = mkdtempSync(join(tmpdir(), 'vae-native-python-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const digits = await datasets.load('digits')
    const [train, some] = [digits.train.slice(0, 500), digits.test.slice(0, 50)]
    const vae = await trainVae(train, { hiddenDims: [64], epochs: 3, latentDim: 3, ...options })
    const [model, x] = [join(folder, 'model.safetensors'), join(folder, 'x.npy')]
    await vae.save(model)
    writeFileSync(x, npy(some.toTensor()))
    const { stdout } = await promisify(execFile)(python, [script, model, x], { maxBuffer: 1 << 24 })
    const theirs = JSON.parse(stdout)
    const close = (ours: number, there: number, what: string) =>
      t.true(Math.abs(ours - there) <= 1e-5 * Math.max(1, Math.abs(there)), `${what}: ${ours} here, ${there} there`)
    const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length
    close(mean((await vae.score(some)).perExample), theirs.reconstruction, 'reconstruction')
    close(mean((await vae.score(some, { by: 'kl' })).perExample), theirs.kl, 'kl')
    close(-mean((await vae.score(some, { by: 'elbo' })).perExample), theirs.elbo, 'elbo')
    const latents = await vae.encode(some)
    theirs.mean.flat().forEach((value: number, i: number) => {
      close(latents.mean.data[i] as number, value, `latent ${i}`)
    })
  })
}
