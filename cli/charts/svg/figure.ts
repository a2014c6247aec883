/** Figures and their files. */
import { join } from 'node:path'
import { CliError, exitCode } from '../../base/exit.js'
import { plainArrays, writeAtomically } from '../../base/files.js'

/** Self-contained figure. */
export interface Figure {
  /** File name without extension: `figure-02`. */
  readonly id: string
  /** Title of one line. */
  readonly title: string
  /** A sentence or two: contents, data, and the point of the figure. */
  readonly caption: string
  /** Complete SVG document. */
  readonly svg: string
  /** Drawn numbers, for the JSON file. */
  readonly data: unknown
}

/** Files of a figure besides its SVG and JSON. */
export interface FigureFiles {
  /** Set for a PNG at twice the size, on white; default false. */
  readonly png?: boolean
}

/** Writes `ID.svg` and `ID.json` of every figure into the folder, with `png` also `ID.png`; returns the paths. */
export async function writeFigures(
  folder: string,
  figures: readonly Figure[],
  { png = false }: FigureFiles = {},
): Promise<string[]> {
  const paths: string[] = []
  const write = async (name: string, content: string | Uint8Array) => {
    const path = join(folder, name)
    await writeAtomically(path, content)
    paths.push(path)
  }
  for (const { id, title, caption, svg, data } of figures) {
    await write(`${id}.svg`, `${svg}\n`)
    await write(`${id}.json`, `${figureJson({ title, caption, data })}\n`)
    if (png) await write(`${id}.png`, await toPng(svg))
  }
  return paths
}

/** JSON of a figure: typed arrays as plain arrays, values that are not finite as null. */
function figureJson(value: object): string {
  return JSON.stringify({ v: 1, ...value }, plainArrays)
}

/** Renders an SVG document as a PNG at twice its size, in the fonts of this machine. */
async function toPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js')
  const options = {
    background: '#ffffff',
    fitTo: { mode: 'zoom', value: 2 },
    font: { loadSystemFonts: true, sansSerifFamily: 'DejaVu Sans' },
    logLevel: 'off',
  } as const
  // Without a font, resvg silently omits text.
  const probe =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9" font-family="sans-serif">x</text></svg>'
  if (new Resvg(probe, options).getBBox() === undefined)
    throw new CliError(
      '--png: this machine has no font to write labels in; install one, such as DejaVu Sans',
      exitCode.failed,
    )
  return new Resvg(svg, options).render().asPng()
}
