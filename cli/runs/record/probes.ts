/** Probes of a run's epochs: `probes/0007.safetensors` in its folder. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Latents, ProbeEvent, Tensor } from '../../../index.js'
import { TensorFile, type Values } from './safetensors.js'

/** Probe file of an epoch; epoch 0 is before the first step. */
export interface ProbeFile {
  readonly epoch: number
  readonly path: string
}

/** Lists the probes of a run folder, the first epoch first; empty if the run keeps none. */
export async function probesOf(folder: string): Promise<ProbeFile[]> {
  const names = await readdir(join(folder, 'probes')).catch(() => [])
  const files = names.flatMap((name) => {
    const epoch = /^(\d+)\.safetensors$/.exec(name)?.[1]
    return epoch === undefined ? [] : [{ epoch: Number(epoch), path: join(folder, 'probes', name) }]
  })
  return files.sort((a, b) => a.epoch - b.epoch)
}

/** Path of an epoch's probe, whether or not the file exists yet. */
export function probePath(folder: string, epoch: number): string {
  return join(folder, 'probes', `${String(epoch).padStart(4, '0')}.safetensors`)
}

/** Reads a probe file as the event it records. */
export async function readProbe(path: string): Promise<ProbeEvent> {
  await using file = await TensorFile.open(path)
  const { step, epoch, seconds } = JSON.parse(file.metadata.vae_native ?? '{}') as ProbeEvent
  return {
    type: 'probe',
    step,
    epoch,
    seconds,
    latents: tensor(await file.floats('latents')) as Latents,
    ...(file.has('labels') && { labels: (await file.integers('labels')).values }),
    reconstructions: tensor(await file.floats('reconstructions')),
    samples: tensor(await file.floats('samples')),
  }
}

function tensor({ shape, values }: Values<Float32Array>): Tensor {
  return { shape, data: values }
}
