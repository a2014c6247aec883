import test from 'ava'
import { rows, type Tensor, toAnsi, toGrid, toPng } from '../index.js'

function tensor(shape: number[], data: number[]): Tensor {
  return { data: Float32Array.from(data), shape }
}

test('rows are views of the first axis', (t) => {
  const matrix = tensor([2, 3], [1, 2, 3, 4, 5, 6])
  const [first, second] = [...rows(matrix)]
  t.deepEqual(first, Float32Array.of(1, 2, 3))
  t.is(second?.buffer, matrix.data.buffer)
  t.deepEqual([...rows(tensor([0, 3], []))], [])
})

test('a grid lays pictures out row by row, with a gap', (t) => {
  const three = tensor([3, 1, 2], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
  const grid = toGrid(three, { columns: 2 })
  t.deepEqual(grid.shape, [3, 5, 1])
  const expected = [0.1, 0.2, 0, 0.3, 0.4, /* gap */ 0, 0, 0, 0, 0, /* second row */ 0.5, 0.6, 0, 0, 0]
  t.deepEqual(grid.data, Float32Array.from(expected))
  t.deepEqual(toGrid(three, { columns: 9, gap: 0 }).shape, [1, 6, 1])
  t.deepEqual(toGrid(tensor([16, 2, 2, 3], Array(192).fill(1))).shape, [11, 11, 3])
})

test('one picture is a picture of its own size', (t) => {
  t.deepEqual(toGrid(tensor([2, 3], [0, 0, 0, 0, 0, 0])).shape, [2, 3, 1])
  t.deepEqual(toGrid(tensor([1, 2, 3], [0, 0, 0, 0, 0, 0])).shape, [1, 2, 3])
})

test('what is no picture is refused', (t) => {
  const refuse = (wrong: Tensor) => t.throws(() => toGrid(wrong), { code: 'ERR_VAE_SHAPE', message: /^a picture: / })
  refuse(tensor([4], [1, 2, 3, 4]))
  refuse(tensor([1, 1, 2, 2], [1, 2, 3, 4]))
  refuse(tensor([2, 2], [1, 2, 3]))
  refuse(tensor([0, 2, 2], []))
  t.throws(() => toGrid(tensor([1, 1], [1]), { columns: 0 }), { code: 'ERR_VAE_OPTION' })
})

test('a terminal shows two pixels in a character', (t) => {
  const picture = tensor([3, 1], [1, 0.5, Number.NaN])
  t.is(toAnsi(picture), '\x1b[38;2;255;255;255m\x1b[48;2;128;128;128m▀\x1b[0m\n\x1b[38;2;0;0;0m▀\x1b[0m\n')
  t.regex(toAnsi(tensor([1, 1, 3], [2, 0, -1])), /38;2;255;0;0m/)
})

test('a PNG file begins as one, and holds the grid', (t) => {
  const png = Buffer.from(toPng(tensor([2, 2, 2], [0, 1, 0, 1, 1, 0, 1, 0])))
  t.is(png.subarray(1, 4).toString(), 'PNG')
  t.is(png.readUInt32BE(16), 5)
  t.is(png.readUInt32BE(20), 2)
})
