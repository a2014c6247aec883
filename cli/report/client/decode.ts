/** Decoder in the page: z → the mean of p(x|z). It uses no DOM, so Node can run it too. */
import type { Base64, DecoderData } from './data.js'

/** Layer with unpacked weights. */
interface Affine {
  readonly inputs: number
  readonly outputs: number
  readonly weight: Float32Array
  readonly bias: Float32Array
}

/**
 * Unpacks a decoder; returns a function from one z of length d to the mean of p(x|z) in the data's units, of length D.
 */
export function decoderOf(decoder: DecoderData): (z: ArrayLike<number>) => Float32Array {
  const { layers, activation, output } = decoder
  const affine = layers.map(({ inputs, outputs, weight, bias }) => {
    return { inputs, outputs, weight: halfFloats(weight), bias: floats(bias) }
  })
  const between = activations[activation]
  const [factor, offset] = [floats(decoder.factor), floats(decoder.offset)]
  const toUnits = (x: number, i: number) =>
    x * (factor[i] ?? (factor[0] as number)) + (offset[i] ?? (offset[0] as number))
  return (z) => {
    let a = Float32Array.from(z)
    for (const [i, layer] of affine.entries()) {
      a = applyLayer(layer, a)
      if (i < affine.length - 1) a = a.map(between)
    }
    if (output === 'sigmoid') a = a.map(sigmoid)
    return a.map(toUnits)
  }
}

/** Computes W·a + b. */
function applyLayer({ inputs, outputs, weight, bias }: Affine, a: Float32Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(outputs)
  for (let row = 0, at = 0; row < outputs; row++) {
    let sum = bias[row] as number
    for (let column = 0; column < inputs; column++, at++) sum += (weight[at] as number) * (a[column] as number)
    out[row] = sum
  }
  return out
}

const activations = {
  relu: (a: number) => Math.max(0, a),
  tanh: Math.tanh,
  // ln(1 + eᵃ), without overflow.
  softplus: (a: number) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
  silu: (a: number) => a * sigmoid(a),
  identity: (a: number) => a,
}

function sigmoid(a: number): number {
  return 1 / (1 + Math.exp(-a))
}

/** Decodes 32-bit floats. */
export function floats(text: Base64): Float32Array {
  const view = new DataView(bytesOf(text).buffer)
  return Float32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true))
}

/** Decodes 16-bit floats: a sign, five bits of exponent, ten of fraction. */
export function halfFloats(text: Base64): Float32Array {
  const view = new DataView(bytesOf(text).buffer)
  return Float32Array.from({ length: view.byteLength / 2 }, (_, i) => {
    const half = view.getUint16(2 * i, true)
    const [exponent, fraction] = [(half >> 10) & 31, half & 1023]
    const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15)
    return half & 0x8000 ? -size : size
  })
}

function bytesOf(text: Base64): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
