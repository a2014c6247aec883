// Take hold of β while a run trains, and see the KL term give way: no restart, one model, one curve.
//   npx tsx examples/sweep-beta-live.ts
import { datasets, trainVae } from 'vae-native'

const { train, test } = await datasets.load('digits')
const betas = [4, 16]
// It goes on until it is stopped, after two epochs of the last β.
const run = trainVae(train, { beta: 1, epochs: 1000, validation: test })

let changed = 0
for await (const { epoch, validation } of run.events('epoch')) {
  if (validation) console.log(`epoch ${epoch}  β ${validation.beta}  KL ${validation.kl.toFixed(2)} nats`)
  if (epoch < changed + 2) continue
  const next = betas.shift()
  if (next === undefined) break
  // β holds for the next step on, so an epoch that has just begun may hold a step or two of the old one.
  const control = await run.setBeta(next)
  changed = control.epoch
  console.log(`β ${control.from} → ${control.to} from step ${control.step} on`)
}
await run.stop()
