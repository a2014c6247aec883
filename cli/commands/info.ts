import type { Command } from 'commander'
import type { Preprocessing } from '../../index.js'
import { outputOf } from '../base/output.js'
import { count, layers, nats, plural, shape } from '../charts/format.js'
import { betaText } from '../flags/beta.js'
import { likelihoodName } from '../reporters/summary.js'
import { addModel, type ModelFlags, openModel } from '../runs/loaded-model.js'

/** `info MODEL`: prints the metadata of a model file. */
export function define(command: Command): void {
  addModel(command, false).action(async (model: string, flags: ModelFlags) => {
    const output = outputOf(command)
    const vae = await openModel(model, flags)
    const { config, data, labelNames, parameters, posterior, preprocessing, scaling, trained } = vae
    const validation = trained.validation
    output.result(
      `${posterior} posterior, d = ${config.latentDim} · ${likelihoodName(config.likelihood)} · β ${betaText(config.beta ?? 1)}`,
      `  network     ${layers(vae.shape, config.hiddenDims ?? [], config.latentDim ?? 0)}  ${config.activation}, ${count(parameters)} parameters`,
      `  example     ${shape(vae.shape)}, ${[scaling, ...sizing(preprocessing)].join(', ')}`,
      `  trained on  ${data.source ?? 'data of a program'}#${data.fingerprint.slice(0, 8)}, ${plural(data.n, 'example')}`,
      `  until       epoch ${trained.epoch}, step ${count(trained.step)}`,
    )
    if (validation !== undefined)
      output.result(
        `  validation  −ELBO ${nats(-validation.elbo)} = reconstruction ${nats(validation.reconstruction)} + KL ${nats(validation.kl)}`,
      )
    output.result(`  written by  vae-native ${trained.version}`)
    output.event({
      type: 'info',
      posterior,
      shape: vae.shape,
      config,
      preprocessing,
      scaling,
      labelNames,
      data,
      parameters,
      trained,
    })
  })
}

/** The fit of pictures to the shape of an example, such as `contain`, if they are resized. */
function sizing({ size, fit }: Preprocessing): string[] {
  return size === undefined || fit === undefined ? [] : [`pictures brought to size by '${fit}'`]
}
