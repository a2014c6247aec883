// Take hold of β while a run trains, and see the KL term give way: no restart, one model, one curve.
//   npx tsx examples/sweep-beta-live.ts
import { datasets, trainVae } from 'vae-native'

const { train, test } = await datasets.load('digits')
const betas = [1, 4, 16]
const run = trainVae(train, { beta: betas[0] ?? 1, epochs: 2 * betas.length, validation: test })

for await (const { epoch, validation } of run.events('epoch')) {
  // β holds for the next step on, so an epoch that has just begun may hold a step or two of the old one.
  const next = betas[epoch / 2]
  if (validation) console.log(`epoch ${epoch}  β ${validation.beta}  KL ${validation.kl.toFixed(2)} nats`)
  if (next !== undefined) {
    const { from, to, step } = await run.setBeta(next)
    console.log(`β ${from} → ${to} from step ${step} on`)
  }
}
