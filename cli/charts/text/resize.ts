/** Resizing of pictures. */
import type { Picture } from '../../../index.js'

/** Size limit of a picture, in pixels. */
export interface Room {
  readonly height: number
  readonly width: number
}

/** Size of a picture fitted into `room` with its aspect ratio; never larger than it is. */
export function fitSize({ shape: [height, width] }: Picture, room: Room): Room {
  const scale = Math.min(1, room.height / height, room.width / width)
  return {
    height: Math.max(1, Math.round(height * scale)),
    width: Math.max(1, Math.round(width * scale)),
  }
}

/** Resizes a picture: each new pixel is the mean of the area it covers. */
export function resize(picture: Picture, size: Room): Picture {
  const { data } = picture
  const [height, width, channels] = picture.shape
  if (size.height === height && size.width === width) return picture
  const result = new Float32Array(size.height * size.width * channels)
  for (let y = 0; y < size.height; y++) {
    const rows = span(y, height / size.height, height)
    for (let x = 0; x < size.width; x++) {
      const columns = span(x, width / size.width, width)
      for (let c = 0; c < channels; c++) {
        let sum = 0
        let area = 0
        for (const [row, rowShare] of rows)
          for (const [column, columnShare] of columns) {
            sum += (data[(row * width + column) * channels + c] ?? 0) * rowShare * columnShare
            area += rowShare * columnShare
          }
        result[(y * size.width + x) * channels + c] = sum / area
      }
    }
  }
  return { data: result, shape: [size.height, size.width, channels] }
}

/** Source pixels under target pixel `index`, each with its covered share. */
function span(index: number, scale: number, length: number): [pixel: number, share: number][] {
  const start = index * scale
  const end = Math.min(start + scale, length)
  const result: [number, number][] = []
  for (let pixel = Math.floor(start); pixel < end; pixel++)
    result.push([pixel, Math.min(pixel + 1, end) - Math.max(pixel, start)])
  return result
}

/** Enlarges every pixel `times` times in both directions. */
export function enlarge({ data, shape: [height, width, channels] }: Picture, times: number): Picture {
  const shape = [height * times, width * times, channels] as const
  const result = new Float32Array(shape[0] * shape[1] * channels)
  for (let y = 0; y < shape[0]; y++)
    for (let x = 0; x < shape[1]; x++)
      for (let c = 0; c < channels; c++)
        result[(y * shape[1] + x) * channels + c] =
          data[(Math.floor(y / times) * width + Math.floor(x / times)) * channels + c] ?? 0
  return { data: result, shape }
}
