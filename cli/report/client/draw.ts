/** Canvas drawing of an explorer. */
import type { ExplorerData, Thumbnails } from './data.js'
import { margin, type Plane, ticksBetween } from './plane.js'

/** Sizes a canvas to device pixels; drawing uses CSS pixels. */
function prepareCanvas(canvas: HTMLCanvasElement, size: number): CanvasRenderingContext2D {
  const ratio = window.devicePixelRatio
  canvas.width = canvas.height = Math.round(size * ratio)
  const context = canvas.getContext('2d') as CanvasRenderingContext2D
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, size, size)
  return context
}

/** Draws frame, ticks, axis names and all points; `points` are pixels, x and y in turns. */
export function drawPlane(canvas: HTMLCanvasElement, plane: Plane, points: Float32Array, data: ExplorerData): void {
  const context = prepareCanvas(canvas, plane.size)
  const { labels, palette } = data
  const radius = points.length > 2000 ? 2 : 2.6
  context.globalAlpha = 0.8
  for (let i = 0; i < points.length / 2; i++) {
    context.fillStyle = colourOf(labels?.[i] ?? 0, palette)
    context.beginPath()
    context.arc(points[2 * i] as number, points[2 * i + 1] as number, radius, 0, 2 * Math.PI)
    context.fill()
  }
  context.globalAlpha = 1
  drawAxes(context, plane, data, getComputedStyle(canvas).color)
}

function drawAxes(context: CanvasRenderingContext2D, plane: Plane, data: ExplorerData, ink: string): void {
  const { axes, domain } = data
  const [right, bottom] = [plane.size - margin.right, plane.size - margin.bottom]
  context.strokeStyle = context.fillStyle = ink
  context.globalAlpha = 0.35
  context.strokeRect(margin.left, margin.top, right - margin.left, bottom - margin.top)
  context.globalAlpha = 0.85
  context.font = '11px system-ui, sans-serif'
  context.textAlign = 'center'
  for (const tick of ticksBetween(domain[0])) {
    const [px] = plane.toPixel(tick, 0)
    context.fillText(tickText(tick), px, bottom + 13)
  }
  context.fillText(`z${axes[0]}`, (margin.left + right) / 2, bottom + 26)
  if (axes.length < 2) return
  context.textAlign = 'right'
  for (const tick of ticksBetween(domain[1])) {
    const [, py] = plane.toPixel(0, tick)
    context.fillText(tickText(tick), margin.left - 5, py + 4)
  }
  context.textAlign = 'left'
  context.fillText(`z${axes[1]}`, margin.left + 5, margin.top + 14)
}

function tickText(tick: number): string {
  return String(tick).replace('-', '−')
}

/** Colour of a label; repeats after the last. */
export function colourOf(label: number, palette: readonly string[]): string {
  const { length } = palette
  return palette[((label % length) + length) % length] as string
}

/** Draws one decoded example in a canvas of its own size, which the page enlarges; a vector as a line. */
export function drawExample(canvas: HTMLCanvasElement, x: Float32Array, { shape, ranges }: ExplorerData): void {
  const shares = x.map((value, i) => {
    const [low, high] = ranges[i] ?? (ranges[0] as readonly [number, number])
    // A constant has no width.
    return (value - low) / (high > low ? high - low : 1)
  })
  const [height = 0, width, channels = 1] = shape
  if (width === undefined) {
    drawVector(canvas, shares)
    return
  }
  const pixels = new Uint8ClampedArray(height * width * 4)
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = 255 * (shares[i * channels + (channels === 3 ? c : 0)] as number)
    pixels[4 * i + 3] = 255
  }
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0)
}

/** Draws values as a line, 0 at the bottom and 1 at the top of a frame. */
function drawVector(canvas: HTMLCanvasElement, shares: Float32Array): void {
  const [size, room] = [224, 8]
  const context = prepareCanvas(canvas, size)
  const inner = size - 2 * room
  context.strokeStyle = getComputedStyle(canvas).color
  context.globalAlpha = 0.3
  context.strokeRect(0.5, 0.5, size - 1, size - 1)
  context.globalAlpha = 1
  context.lineWidth = 1.5
  context.beginPath()
  for (const [i, share] of shares.entries()) {
    const px = room + (shares.length === 1 ? 0.5 : i / (shares.length - 1)) * inner
    const py = room + (1 - Math.min(1, Math.max(0, share))) * inner
    // A line of one point would be invisible.
    if (shares.length === 1) context.moveTo(px - 4, py)
    context.lineTo(px + (shares.length === 1 ? 4 : 0), py)
  }
  context.stroke()
}

/** Draws example `i` of the sprite. */
export function drawThumbnail(
  canvas: HTMLCanvasElement,
  sprite: HTMLImageElement,
  i: number,
  thumbnails: Thumbnails,
): void {
  const { width, height, columns } = thumbnails
  canvas.width = width
  canvas.height = height
  const [left, top] = [(i % columns) * width, Math.floor(i / columns) * height]
  canvas.getContext('2d')?.drawImage(sprite, left, top, width, height, 0, 0, width, height)
}
