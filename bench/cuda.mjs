#!/usr/bin/env node
// One measurement on a GPU, or the loss curves of both devices, as a line of JSON. Needs only the built files.
//
//   node bench/cuda.mjs [--data FOLDER] [--members K] [--precision tf32] [--device cuda] [--steps 2000]
//   node bench/cuda.mjs --curves [--data FOLDER] [--epochs 10]
//
// FOLDER holds the four files of MNIST; without it, the library's synthetic digits.
import { parseArgs } from 'node:util'
import { bench, datasets, trainVae } from '../dist/index.js'

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    members: { type: 'string' },
    precision: { type: 'string' },
    device: { type: 'string', default: 'cuda' },
    steps: { type: 'string', default: '2000' },
    epochs: { type: 'string', default: '10' },
    curves: { type: 'boolean', default: false },
  },
})
const { data, device, precision } = values
const { train, test } = data === undefined ? await datasets.load('digits') : await datasets.load('mnist', { dir: data })

/** −ELBO on the validation set after each epoch of the reference VAE. */
async function curve(device) {
  const options = { latentDim: 20, epochs: Number(values.epochs), validation: test, probe: false, device }
  const found = { device, seconds: [], loss: [] }
  for await (const { seconds, validation } of trainVae(train, options).events('epoch')) {
    found.seconds.push(Number(seconds.toFixed(3)))
    found.loss.push(validation.loss)
  }
  return found
}

if (values.curves) {
  const [gpu, cpu] = [await curve(device), await curve('cpu')]
  const apart = gpu.loss.map((loss, i) => Math.abs(loss - cpu.loss[i]) / cpu.loss[i])
  console.log(JSON.stringify({ gpu, cpu, mostApart: Math.max(...apart) }))
} else {
  const members = values.members === undefined ? undefined : Number(values.members)
  const { meanLosses, ...result } = await bench(train, { device, precision, steps: Number(values.steps), members })
  console.log(JSON.stringify({ ...result, microsecondsPerStep: 1000 * result.millisecondsPerStep }))
}
