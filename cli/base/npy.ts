/** NumPy's .npy format, version 1.0: a magic number, a Python literal describing the array, and the values. */

/** Encodes a float32 array in C order as an .npy file. */
export function npy(data: Float32Array, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  const description = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`
  // The values start at a multiple of 64 bytes; the padding is spaces and a line break.
  const preamble = 10
  const padded = Math.ceil((preamble + description.length + 1) / 64) * 64
  const file = new Uint8Array(padded + data.length * 4)
  const view = new DataView(file.buffer)
  file.set([0x93, ...ascii('NUMPY'), 1, 0])
  view.setUint16(8, padded - preamble, true)
  file.set(ascii(`${description.padEnd(padded - preamble - 1)}\n`), preamble)
  // Written value by value: the format is little-endian on every machine.
  data.forEach((value, i) => {
    view.setFloat32(padded + i * 4, value, true)
  })
  return file
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
