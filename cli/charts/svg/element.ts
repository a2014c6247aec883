/** Elements of a drawing that Plot has no mark for. */

/** What is used of a document and its elements; the types of a browser's are not those of Node. */
interface SvgElement {
  setAttribute(name: string, value: string): void
  append(...children: readonly SvgElement[]): void
}

interface SvgDocument {
  createElementNS(namespace: string, name: string): SvgElement
}

/** An SVG element in the document that Plot draws in, for a mark's `render`. */
export function element(
  document: unknown,
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  children: readonly unknown[] = [],
): SVGElement {
  const made = (document as SvgDocument).createElementNS('http://www.w3.org/2000/svg', name)
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value))
  made.append(...(children as readonly SvgElement[]))
  return made as unknown as SVGElement
}
