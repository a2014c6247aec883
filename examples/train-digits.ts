// Train on the built-in digits, watch it, look at the latents, and draw new digits into a PNG file.
//   npx tsx examples/train-digits.ts [samples.png]
import { writeFile } from 'node:fs/promises'
import { datasets, toPng, trainVae } from 'vae-native'

const { train, test } = await datasets.load('digits')
const run = trainVae(train, { epochs: 3, validation: test })
for await (const { epoch, validation } of run.events('epoch')) console.log(`epoch ${epoch}  ELBO ${validation?.elbo}`)

const vae = await run
const { mean } = await vae.encode(test.slice(0, 3))
for (let i = 0; i < 3; i++)
  console.log(`a ${test.labels?.[i]} lies at ${mean.data.subarray(2 * i, 2 * i + 2).join(', ')}`)

const path = process.argv[2] ?? 'samples.png'
await writeFile(path, toPng(await vae.sample(16, { seed: 7 })))
console.log(`saved ${path}`)
