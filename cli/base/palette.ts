/** Palette of labels and series. */

/**
 * Ten colours, found by search: they maximise the least distance between any two (in OKLab) for normal, protan, deutan
 * and tritan eyes; each has a contrast of at least 2.3 on white and 3 on the dark ground of a page.
 */
export const palette = [
  '#116f8a',
  '#e55e11',
  '#1a9d50',
  '#b42e6b',
  '#c3aa15',
  '#7f54c9',
  '#03b4fe',
  '#f47ad1',
  '#865c1a',
  '#998b98',
] as const

/** Colour of label or series `number`, from 0; repeats after ten. */
export function colourOf(number: number): string {
  const index = ((number % palette.length) + palette.length) % palette.length
  return palette[index] ?? palette[0]
}
