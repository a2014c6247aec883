/** Pictures at another size. */
import type { Picture } from '../../../index.js'

/** A size in pixels that a picture has to fit into. */
export interface Room {
  readonly height: number
  readonly width: number
}

/** The size that a picture takes in so much room, its proportions kept; never larger than it is. */
export function fitted({ shape: [height, width] }: Picture, room: Room): Room {
  const scale = Math.min(1, room.height / height, room.width / width)
  return {
    height: Math.max(1, Math.round(height * scale)),
    width: Math.max(1, Math.round(width * scale)),
  }
}

/** The picture at another size: each new pixel is the mean of the area that it covers. */
export function resized(picture: Picture, size: Room): Picture {
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

/** The source pixels under target pixel `index`, each with the share of it that is covered. */
function span(index: number, scale: number, length: number): [pixel: number, share: number][] {
  const start = index * scale
  const end = Math.min(start + scale, length)
  const result: [number, number][] = []
  for (let pixel = Math.floor(start); pixel < end; pixel++)
    result.push([pixel, Math.min(pixel + 1, end) - Math.max(pixel, start)])
  return result
}

/** Every pixel `times` times as wide and as high. */
export function enlarged({ data, shape: [height, width, channels] }: Picture, times: number): Picture {
  const shape = [height * times, width * times, channels] as const
  const result = new Float32Array(shape[0] * shape[1] * channels)
  for (let y = 0; y < shape[0]; y++)
    for (let x = 0; x < shape[1]; x++)
      for (let c = 0; c < channels; c++)
        result[(y * shape[1] + x) * channels + c] =
          data[(Math.floor(y / times) * width + Math.floor(x / times)) * channels + c] ?? 0
  return { data: result, shape }
}
