import type { Command } from 'commander'
import type { DataPart, Preprocessing } from '../../index.js'
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
    const { config, data, labelNames, parameters, posterior, preprocessing, scaling, table, trained } = vae
    const validation = trained.validation
    output.result(
      `${posterior} posterior, d = ${config.latentDim} · ${likelihoodName(config.likelihood)} · β ${betaText(config.beta ?? 1)}`,
      `  network     ${layers(vae.shape, config.hiddenDims ?? [], config.latentDim ?? 0)}  ${config.activation}, ${count(parameters)} parameters`,
      `  example     ${shape(vae.shape)}, ${[scaling, ...sizing(preprocessing)].join(', ')}`,
      ...(table?.header
        ? [`  columns     ${table.columns.map(({ name, type }) => `${name} (${type})`).join(', ')}`]
        : []),
      `  trained on  ${data.source ?? 'data of a program'}, ${plural(data.n, 'example')}${partText(data.part)}`,
      `  data        fingerprint ${data.fingerprint.slice(0, 12)}${settings(preprocessing)}`,
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
      table,
      labelNames,
      data,
      parameters,
      trained,
    })
  })
}

/** The part of its source that a model was trained on; empty for all of it. */
function partText(part: DataPart | undefined): string {
  switch (part?.type) {
    case 'split':
      return `, without a share of ${part.validation} (seed ${part.seed}${part.stratify ? ', of each label' : ''})`
    case 'heldOut':
      return ', which the source holds out'
    case 'program':
      return ', chosen by a program'
    default:
      return ''
  }
}

/** Settings of preprocessing that are not the default. */
function settings({ scale, binarize = 'none' }: Preprocessing): string {
  return `${scale === undefined ? '' : `, scale ${scale}`}${binarize === 'none' ? '' : `, binarize ${binarize}`}`
}

/** The fit of pictures to the shape of an example, such as `contain`, if they are resized. */
function sizing({ size, fit }: Preprocessing): string[] {
  return size === undefined || fit === undefined ? [] : [`pictures brought to size by '${fit}'`]
}
