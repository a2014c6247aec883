/** Explorer: the latent plane, the decoded example at the cursor, and the real example near the pointer. */
import type { ExplorerData } from './data.js'
import { decoderOf, floats } from './decode.js'
import { colourOf, drawExample, drawPlane, drawThumbnail } from './draw.js'
import { nearest, type Plane, planeOf } from './plane.js'

/** Hit radius of examples in pixels; larger for touch. */
const reach = { mouse: 8, touch: 18 }

/** Step of the arrow keys as a share of an axis; five times as far with Shift. */
const keyStep = 1 / 50

/** Starts an explorer: `root` holds the elements of the page, `models` the data. */
export function explore(root: HTMLElement, models: readonly ExplorerData[]): void {
  const find = <T extends HTMLElement>(name: string) => root.querySelector<T>(`.${name}`) as T
  const canvas = find<HTMLCanvasElement>('plane')
  const choice = root.querySelector('select')
  let shown = open(0)

  function open(number: number) {
    const data = models[number] as ExplorerData
    const sprite = new Image()
    sprite.src = data.thumbnails?.png ?? ''
    const [x, y] = [floats(data.x), floats(data.y)]
    const middle = (axis: 0 | 1) => (data.domain[axis][0] + data.domain[axis][1]) / 2
    const start: [number, number] = [
      data.rest[data.axes[0] as number] ?? middle(0),
      data.rest[data.axes[1] ?? -1] ?? middle(1),
    ]
    writeLegend(find('legend'), data)
    find('note').textContent = data.note
    return {
      data,
      sprite,
      x,
      y,
      decode: decoderOf(data.decoder),
      at: start,
      plane: planeOf(data, 1),
      points: new Float32Array(),
    }
  }

  /** Redraws the plane after a change of window, theme or model. */
  function redraw(): void {
    const { data, x, y } = shown
    const plane = planeOf(data, canvas.clientWidth)
    const points = new Float32Array(2 * x.length)
    for (let i = 0; i < x.length; i++) points.set(plane.toPixel(x[i] as number, y[i] as number), 2 * i)
    Object.assign(shown, { plane, points })
    drawPlane(canvas, plane, points, data)
    moveTo(...shown.at)
  }

  /** Moves to a place in the plane and shows the decoded example. */
  function moveTo(x: number, y: number): void {
    const { data, plane, decode } = shown
    shown.at = [x, y]
    moveMarker(find('here'), plane, x, y)
    const z = [...data.rest]
    for (const [k, axis] of data.axes.entries()) z[axis] = k === 0 ? x : y
    drawExample(find('decoded'), decode(z), data)
    find('z').textContent = codeText(data, x, y)
  }

  /** Shows the nearest example within `within` pixels, if any. */
  function showNearest(px: number, py: number, within: number): void {
    const { data, plane, points, sprite, x, y } = shown
    const i = nearest(points, px, py, within)
    find('ring').hidden = i === undefined
    if (i === undefined) return
    const at = [x[i] as number, y[i] as number] as const
    moveMarker(find('ring'), plane, ...at)
    if (data.thumbnails) {
      const example = find<HTMLCanvasElement>('example')
      example.hidden = false
      drawThumbnail(example, sprite, i, data.thumbnails)
    }
    find('who').textContent = [nameOf(data, i), codeText(data, ...at)].join('\n')
  }

  function onPointer(event: PointerEvent): void {
    const box = canvas.getBoundingClientRect()
    const [px, py] = [event.clientX - box.left, event.clientY - box.top]
    moveTo(...shown.plane.toPlane(px, py))
    showNearest(px, py, event.pointerType === 'touch' ? reach.touch : reach.mouse)
  }

  canvas.addEventListener('pointermove', onPointer)
  canvas.addEventListener('pointerdown', onPointer)
  canvas.addEventListener('keydown', (event) => {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key] ?? []
    if (dx === undefined || dy === undefined) return
    event.preventDefault()
    const { data, plane, at } = shown
    const far = event.shiftKey ? 5 * keyStep : keyStep
    const [[left, right], [bottom, top]] = data.domain
    const [px, py] = plane.toPixel(at[0] + dx * far * (right - left), at[1] + dy * far * (top - bottom))
    moveTo(...plane.toPlane(px, py))
    showNearest(px, py, reach.touch)
  })
  choice?.addEventListener('change', () => {
    shown = open(choice.selectedIndex)
    find('ring').hidden = find('example').hidden = true
    find('who').textContent = 'point at one'
    redraw()
  })
  new ResizeObserver(redraw).observe(canvas)
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ['data-theme'] })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
}

/** Moves a marker to a place of the plane. */
function moveMarker(marker: HTMLElement, plane: Plane, x: number, y: number): void {
  const [px, py] = plane.toPixel(x, y)
  marker.style.transform = `translate(${px}px, ${py}px)`
}

/** Formats a code: `z0 0.53, z1 −1.20`. */
function codeText({ axes }: ExplorerData, x: number, y: number): string {
  return axes.map((axis, k) => `z${axis}\u00a0${(k === 0 ? x : y).toFixed(2).replace('-', '−')}`).join(', ')
}

/** Name of an example: `7, example 1204`. */
function nameOf({ labels, labelNames, indices }: ExplorerData, i: number): string {
  const label = labels?.[i]
  const name = label === undefined ? [] : [labelNames?.[label] ?? String(label)]
  return [...name, `example ${indices[i]}`].join(', ')
}

/** Lists the labels that occur, with their colours. */
function writeLegend(list: HTMLElement, { labels, labelNames, palette }: ExplorerData): void {
  const seen = [...new Set(labels)].sort((a, b) => a - b)
  list.replaceChildren(
    ...seen.slice(0, 40).map((label) => {
      const item = document.createElement('li')
      const dot = document.createElement('i')
      dot.style.background = colourOf(label, palette)
      item.append(dot, labelNames?.[label] ?? String(label))
      return item
    }),
  )
}
