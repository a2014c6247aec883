// Score what a model has never seen: digits of its own kind, digits upside down, and noise.
//   npx tsx examples/anomaly-scores.ts
import { datasets, type Examples, rows, trainVae } from 'vae-native'

const { train, test } = await datasets.load('digits')
const vae = await trainVae(train, { latentDim: 8, epochs: 3 })

const digits = [...rows(test.slice(0, 200).toTensor())]
const upsideDown = digits.map((digit) => digit.toReversed())
const noise = digits.map((digit) => digit.map(() => Math.random()))

/** The mean score, in nats: the negative log-likelihood of an example given its own latent. Higher is stranger. */
async function strangeness(examples: Examples): Promise<number> {
  const { perExample } = await vae.score(examples)
  return perExample.reduce((sum, score) => sum + score, 0) / perExample.length
}

console.log(`digits       ${(await strangeness(digits)).toFixed(1)}`)
console.log(`upside down  ${(await strangeness(upsideDown)).toFixed(1)}`)
console.log(`noise        ${(await strangeness(noise)).toFixed(1)}`)
