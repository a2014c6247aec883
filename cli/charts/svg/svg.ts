/** SVG as text: what every figure has in common, whoever draws it. */

/** The fonts of a figure, the reader's own first; none is fetched. */
export const fonts = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"

/**
 * What stands on the root of every figure. Both colours are presentation attributes, which any rule of a page's style
 * sheet comes before: alone a figure is dark on white, within a page it takes the page's ink and ground.
 */
export const ink = '#1b1f24'

/** The white behind a figure; a page hides it by its class. */
export const ground = '<rect class="ground" width="100%" height="100%" fill="#ffffff"/>'

/** The width of one character of a label in pixels, about: nobody measures text where there is no screen. */
const characterWidth = 6.2

/** How wide a label of this size will be, in pixels; rather too much than too little. */
export function widthOf(text: string, fontSize = 11): number {
  return ([...text].length * characterWidth * fontSize) / 11
}

/** Text that may stand in an element or a quoted attribute; what XML has no word for is left out. */
export function escaped(text: string): string {
  return withoutControls(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** Without the control characters that no XML document may hold. */
export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
}

/** A whole figure around what is drawn in it; sizes in pixels. */
export function drawing(width: number, height: number, body: string, title = ''): string {
  const [w, h] = [Math.ceil(width), Math.ceil(height)]
  const label = title === '' ? '' : ` aria-label="${escaped(title)}"`
  const root = `xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img"${label}`
  return `<svg ${root} color="${ink}" fill="currentColor" font-family="${fonts}" font-size="11">${ground}${body}</svg>`
}

/** A line of text; `size` in pixels. */
export function label(text: string, x: number, y: number, { anchor = 'start', size = 11, bold = false } = {}): string {
  const weight = bold ? ' font-weight="600"' : ''
  return `<text x="${number(x)}" y="${number(y)}" text-anchor="${anchor}" font-size="${size}"${weight}>${escaped(text)}</text>`
}

/** A coordinate with at most one decimal: finer than any screen, and short. */
export function number(value: number): string {
  return String(Math.round(value * 10) / 10)
}

/** The size that a figure was drawn in. */
export function sizeOf(svg: string): { width: number; height: number } {
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? []
  if (width === undefined || height === undefined) throw new Error('a figure without a viewBox')
  return { width: Number(width), height: Number(height) }
}

/** The figure with its ids, and what refers to them, under a prefix: several stand in one document without a clash. */
export function renamed(svg: string, prefix: string): string {
  return svg.replace(/<[^>]*>/g, (tag) =>
    tag
      .replace(/ id="/g, ` id="${prefix}-`)
      .replace(/url\(#/g, `url(#${prefix}-`)
      .replace(/href="#/g, `href="#${prefix}-`),
  )
}
