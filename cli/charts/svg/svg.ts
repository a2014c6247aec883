/** SVG as text: the common parts of all figures. */

/** Fonts of a figure, the system's first; none is downloaded. */
export const fonts = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"

/**
 * Text colour on the root of every figure. Ink and ground are presentation attributes, which any CSS rule of a page
 * overrides: alone a figure is dark on white, within a page it takes the page's ink and ground.
 */
export const ink = '#1b1f24'

/** White ground of a figure; a page hides it by its class. */
export const ground = '<rect class="ground" width="100%" height="100%" fill="#ffffff"/>'

/** Approximate width of one label character in pixels: text cannot be measured without a screen. */
const characterWidth = 6.2

/** Estimated width of a label of this size in pixels, rather too large than too small. */
export function widthOf(text: string, fontSize = 11): number {
  return ([...text].length * characterWidth * fontSize) / 11
}

/** Escapes text for an element or a quoted attribute; drops characters that XML cannot hold. */
export function escapeXml(text: string): string {
  return withoutControls(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** Drops the control characters that no XML document may hold. */
export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches them on purpose
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
}

/** Wraps a drawing in a whole figure; sizes in pixels. */
export function drawing(width: number, height: number, body: string, title = ''): string {
  const [w, h] = [Math.ceil(width), Math.ceil(height)]
  const label = title === '' ? '' : ` aria-label="${escapeXml(title)}"`
  const root = `xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img"${label}`
  return `<svg ${root} color="${ink}" fill="currentColor" font-family="${fonts}" font-size="11">${ground}${body}</svg>`
}

/** Draws a line of text; `size` in pixels. */
export function label(text: string, x: number, y: number, { anchor = 'start', size = 11, bold = false } = {}): string {
  const weight = bold ? ' font-weight="600"' : ''
  return `<text x="${number(x)}" y="${number(y)}" text-anchor="${anchor}" font-size="${size}"${weight}>${escapeXml(text)}</text>`
}

/** Formats a coordinate with at most one decimal: finer than any screen, and short. */
export function number(value: number): string {
  return String(Math.round(value * 10) / 10)
}

/** Reads the size of a figure. */
export function sizeOf(svg: string): { width: number; height: number } {
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? []
  if (width === undefined || height === undefined) throw new Error('a figure without a viewBox')
  return { width: Number(width), height: Number(height) }
}

/** Prefixes the ids of a figure and their references, so that several figures share a document without clashes. */
export function prefixIds(svg: string, prefix: string): string {
  return svg.replace(/<[^>]*>/g, (tag) =>
    tag
      .replace(/ id="/g, ` id="${prefix}-`)
      .replace(/url\(#/g, `url(#${prefix}-`)
      .replace(/href="#/g, `href="#${prefix}-`),
  )
}
