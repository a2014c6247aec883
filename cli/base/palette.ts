/** Colours that tell labels and series apart. */

/**
 * Ten colours, found by search: the least distance between any two (in OKLab) is as large as it gets for normal and for
 * protan, deutan and tritan eyes, while each has a contrast of at least 2.3 on white and 3 on the dark ground of a page.
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

/** The colour of the label or series with this number, from 0; after ten they come again. */
export function colourOf(number: number): string {
  const index = ((number % palette.length) + palette.length) % palette.length
  return palette[index] ?? palette[0]
}
