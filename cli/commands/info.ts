import type { Command } from 'commander'
import { addModel, type ModelFlags, openModel } from '../model.js'
import { outputOf } from '../program.js'
import { count, layers, nats, shape } from '../render/format.js'
import { likelihoodName } from '../render/summary.js'

/** `info MODEL`: what the file says about itself. */
export function define(command: Command): void {
  addModel(command, false).action(async (model: string, flags: ModelFlags) => {
    const output = outputOf(command)
    const vae = await openModel(model, flags)
    const { config, trained, posterior, preprocessing } = vae
    const validation = trained.validation
    output.result(
      `${posterior} posterior, d = ${config.latentDim} · ${likelihoodName(config.likelihood)} · β ${JSON.stringify(config.beta)}`,
      `  network        ${layers(vae.shape, config.hiddenDims ?? [], config.latentDim ?? 0)}  ${config.activation}`,
      `  example        ${shape(vae.shape)}`,
      `  preprocessing  ${settings(preprocessing)}`,
      `  trained on     ${trained.dataset}`,
      `  until          epoch ${trained.epoch}, step ${count(trained.step)}`,
    )
    if (validation !== undefined)
      output.result(
        `  validation     −ELBO ${nats(-validation.elbo)} = reconstruction ${nats(validation.reconstruction)} + KL ${nats(validation.kl)}`,
      )
    output.result(`  written by     vae-native ${trained.version}`)
    output.event({ type: 'info', posterior, shape: vae.shape, config, preprocessing, trained })
  })
}

/** `scale unit, channels 1`: the settings that are there, none otherwise. */
function settings(values: object): string {
  const text = Object.entries(values).map(
    ([name, value]) => `${name} ${Array.isArray(value) ? value.join('×') : value}`,
  )
  return text.length === 0 ? 'none' : text.join(', ')
}
