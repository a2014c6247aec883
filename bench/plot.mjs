// Small line plot as SVG: measured points and the line of a law, on linear or logarithmic axes.

const frame = { left: 64, right: 16, top: 40, bottom: 48, width: 360, height: 280 }
const inner = { width: frame.width - frame.left - frame.right, height: frame.height - frame.top - frame.bottom }

/**
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} x label of the axis, with its unit
 * @property {string} y
 * @property {boolean} [logarithmic] for both axes; else both are linear and start at 0
 * @property {[number, number][]} points measured
 * @property {(x: number) => number} law
 * @property {string} lawName
 */

/**
 * @param {Panel[]} panels side by side
 * @returns {string} the file's text
 */
export function plot(panels) {
  const [width, height] = [frame.width * panels.length, frame.height]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11" fill="#222" role="img">`,
    `<title>${panels.map(({ title }) => title).join('; ')}</title>`,
    // Its own background, because pages may be light or dark.
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...panels.map((panel, i) => `<g transform="translate(${i * frame.width} 0)">${draw(panel)}</g>`),
    '</svg>\n',
  ].join('\n')
}

function draw({ title, x, y, logarithmic = false, points, law, lawName }) {
  const xs = points.map((point) => point[0])
  const ys = points.flatMap(([x, y]) => [y, law(x)])
  const across = axis(xs, logarithmic)
  const up = axis(ys, logarithmic)
  const left = (value) => frame.left + across.place(value) * inner.width
  const top = (value) => frame.top + (1 - up.place(value)) * inner.height
  const at = (x, y) => `${left(x).toFixed(1)} ${top(y).toFixed(1)}`
  const bottom = frame.top + inner.height
  const middle = frame.left + inner.width / 2
  const [from, to] = [Math.min(...xs), Math.max(...xs)].map(across.place)
  const drawn = Array.from({ length: 41 }, (_, i) => across.value(from + (i / 40) * (to - from)))
  return [
    text(middle, 18, title, 'text-anchor="middle" font-size="13" font-weight="600"'),
    ...across.ticks.flatMap((value) => [
      line(left(value), frame.top, left(value), bottom),
      text(left(value), bottom + 15, short(value), 'text-anchor="middle"'),
    ]),
    ...up.ticks.flatMap((value) => [
      line(frame.left, top(value), frame.left + inner.width, top(value)),
      text(frame.left - 6, top(value) + 4, short(value), 'text-anchor="end"'),
    ]),
    text(middle, frame.height - 14, x, 'text-anchor="middle"'),
    text(
      16,
      frame.top + inner.height / 2,
      y,
      `text-anchor="middle" transform="rotate(-90 16 ${frame.top + inner.height / 2})"`,
    ),
    `<path d="M${drawn.map((x) => at(x, law(x))).join('L')}" fill="none" stroke="#888" stroke-width="1.5" stroke-dasharray="5 4"/>`,
    ...points.map(([x, y]) => `<circle cx="${left(x).toFixed(1)}" cy="${top(y).toFixed(1)}" r="3.5" fill="#1667b7"/>`),
    text(frame.left + 8, frame.top + 14, `- - ${lawName}`, 'fill="#666"'),
  ].join('\n')
}

/** Maps values to 0…1 along an axis and back, and lists its ticks. */
function axis(values, logarithmic) {
  const [lowest, highest] = [Math.min(...values), Math.max(...values)]
  if (logarithmic) {
    const [from, to] = [Math.log10(lowest) - 0.1, Math.log10(highest) + 0.1]
    return {
      place: (value) => (Math.log10(value) - from) / (to - from),
      value: (place) => 10 ** (from + place * (to - from)),
      ticks: decades(lowest, highest).filter((tick) => Math.log10(tick) >= from && Math.log10(tick) <= to),
    }
  }
  const step = roundStep(highest / 5)
  const to = step * Math.ceil((highest * 1.02) / step)
  return {
    place: (value) => value / to,
    value: (place) => place * to,
    ticks: Array.from({ length: Math.round(to / step) + 1 }, (_, i) => i * step),
  }
}

/** 1, 2, 5, 10, 20, 50, … around the values. */
function decades(lowest, highest) {
  const first = Math.floor(Math.log10(lowest))
  const count = Math.ceil(Math.log10(highest)) - first + 1
  return Array.from({ length: count }, (_, i) => [1, 2, 5].map((digit) => digit * 10 ** (first + i))).flat()
}

/** Rounds up to 1, 2, 2.5 or 5 times a power of ten. */
function roundStep(minStep) {
  const power = 10 ** Math.floor(Math.log10(minStep))
  return [1, 2, 2.5, 5, 10].map((digit) => digit * power).find((step) => step >= minStep)
}

function line(x1, y1, x2, y2) {
  return `<path d="M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}" stroke="#e4e4e4"/>`
}

function text(x, y, content, attributes) {
  const safe = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${safe}</text>`
}

/** Formats 200000 as 200k, without the noise of binary fractions. */
function short(value) {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(6))}M`
  return value >= 1e4 ? `${Number((value / 1e3).toPrecision(6))}k` : String(Number(value.toPrecision(6)))
}
