/** The explorer: a plane to walk in, the decoded example of where one stands, and the real one under the pointer. */
import type { ExplorerData } from './data.js'
import { decoderOf, floats } from './decode.js'
import { colourOf, drawExample, drawPlane, drawThumbnail } from './draw.js'
import { nearest, type Plane, planeOf } from './plane.js'

/** How near the pointer has to be to an example, in pixels; a finger needs more. */
const reach = { mouse: 8, touch: 18 }

/** Arrow keys go this share of an axis, with Shift five times as far. */
const keyStep = 1 / 50

/** Makes an explorer work: `root` holds the elements that the page was written with, `models` what they show. */
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

  /** Lays the plane out anew: the window, the theme or the model is another. */
  function lay(): void {
    const { data, x, y } = shown
    const plane = planeOf(data, canvas.clientWidth)
    const points = new Float32Array(2 * x.length)
    for (let i = 0; i < x.length; i++) points.set(plane.toPixel(x[i] as number, y[i] as number), 2 * i)
    Object.assign(shown, { plane, points })
    drawPlane(canvas, plane, points, data)
    stand(...shown.at)
  }

  /** Goes to a place in the plane and shows what the model decodes there. */
  function stand(x: number, y: number): void {
    const { data, plane, decode } = shown
    shown.at = [x, y]
    place(find('here'), plane, x, y)
    const z = [...data.rest]
    for (const [k, axis] of data.axes.entries()) z[axis] = k === 0 ? x : y
    drawExample(find('decoded'), decode(z), data)
    find('z').textContent = codeText(data, x, y)
  }

  /** Shows the example that is near these pixels, if one is. */
  function meet(px: number, py: number, within: number): void {
    const { data, plane, points, sprite, x, y } = shown
    const i = nearest(points, px, py, within)
    find('ring').hidden = i === undefined
    if (i === undefined) return
    const at = [x[i] as number, y[i] as number] as const
    place(find('ring'), plane, ...at)
    if (data.thumbnails) {
      const example = find<HTMLCanvasElement>('example')
      example.hidden = false
      drawThumbnail(example, sprite, i, data.thumbnails)
    }
    find('who').textContent = [nameOf(data, i), codeText(data, ...at)].join('\n')
  }

  function follow(event: PointerEvent): void {
    const box = canvas.getBoundingClientRect()
    const [px, py] = [event.clientX - box.left, event.clientY - box.top]
    stand(...shown.plane.toPlane(px, py))
    meet(px, py, event.pointerType === 'touch' ? reach.touch : reach.mouse)
  }

  canvas.addEventListener('pointermove', follow)
  canvas.addEventListener('pointerdown', follow)
  canvas.addEventListener('keydown', (event) => {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key] ?? []
    if (dx === undefined || dy === undefined) return
    event.preventDefault()
    const { data, plane, at } = shown
    const far = event.shiftKey ? 5 * keyStep : keyStep
    const [[left, right], [bottom, top]] = data.domain
    const [px, py] = plane.toPixel(at[0] + dx * far * (right - left), at[1] + dy * far * (top - bottom))
    stand(...plane.toPlane(px, py))
    meet(px, py, reach.touch)
  })
  choice?.addEventListener('change', () => {
    shown = open(choice.selectedIndex)
    find('ring').hidden = find('example').hidden = true
    find('who').textContent = 'point at one'
    lay()
  })
  new ResizeObserver(lay).observe(canvas)
  new MutationObserver(lay).observe(document.documentElement, { attributeFilter: ['data-theme'] })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', lay)
}

/** Puts a marker over a place of the plane. */
function place(marker: HTMLElement, plane: Plane, x: number, y: number): void {
  const [px, py] = plane.toPixel(x, y)
  marker.style.transform = `translate(${px}px, ${py}px)`
}

/** `z0 0.53, z1 −1.20`. */
function codeText({ axes }: ExplorerData, x: number, y: number): string {
  return axes.map((axis, k) => `z${axis}\u00a0${(k === 0 ? x : y).toFixed(2).replace('-', '−')}`).join(', ')
}

/** `7, example 1204`. */
function nameOf({ labels, labelNames, indices }: ExplorerData, i: number): string {
  const label = labels?.[i]
  const name = label === undefined ? [] : [labelNames?.[label] ?? String(label)]
  return [...name, `example ${indices[i]}`].join(', ')
}

/** The labels that occur, with their colours. */
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
