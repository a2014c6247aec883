/** SVG elements for drawings that Plot has no mark for. */

/** Used part of the DOM; Node has no browser types. */
interface SvgElement {
  setAttribute(name: string, value: string): void
  append(...children: readonly SvgElement[]): void
}

interface SvgDocument {
  createElementNS(namespace: string, name: string): SvgElement
}

/** Creates an SVG element in Plot's document, for a mark's `render`. */
export function element(
  document: unknown,
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  children: readonly unknown[] = [],
): SVGElement {
  const created = (document as SvgDocument).createElementNS('http://www.w3.org/2000/svg', name)
  for (const [attribute, value] of Object.entries(attributes)) created.setAttribute(attribute, String(value))
  created.append(...(children as readonly SvgElement[]))
  return created as unknown as SVGElement
}
