/** Figures, and the files that they become. */
import { join } from 'node:path'
import { CliError, exitCode } from '../../base/exit.js'
import { plainArrays, writeWhole } from '../../base/files.js'

/** One figure, complete in itself. */
export interface Figure {
  /** The name of its files: `figure-02`. */
  readonly id: string
  /** One line. */
  readonly title: string
  /** A sentence or two: what is drawn, of which data, and what to see in it. */
  readonly caption: string
  /** A complete SVG document. */
  readonly svg: string
  /** The numbers that are drawn, as they go into JSON. */
  readonly data: unknown
}

/** Which files a figure becomes besides its SVG and JSON. */
export interface FigureFiles {
  /** A PNG at twice the size, on white; default false. */
  readonly png?: boolean
}

/** Writes `ID.svg` and `ID.json` of every figure into the folder, with `png` also `ID.png`; gives the paths. */
export async function writeFigures(
  folder: string,
  figures: readonly Figure[],
  { png = false }: FigureFiles = {},
): Promise<string[]> {
  const paths: string[] = []
  const write = async (name: string, content: string | Uint8Array) => {
    const path = join(folder, name)
    await writeWhole(path, content)
    paths.push(path)
  }
  for (const { id, title, caption, svg, data } of figures) {
    await write(`${id}.svg`, `${svg}\n`)
    await write(`${id}.json`, `${figureJson({ title, caption, data })}\n`)
    if (png) await write(`${id}.png`, await toPng(svg))
  }
  return paths
}

/** JSON with typed arrays as plain ones and, as everywhere, null for what is not finite. */
function figureJson(value: object): string {
  return JSON.stringify({ v: 1, ...value }, plainArrays)
}

/** An SVG document as a PNG at twice its size, in the fonts of this machine. */
async function toPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js')
  const options = {
    background: '#ffffff',
    fitTo: { mode: 'zoom', value: 2 },
    font: { loadSystemFonts: true, sansSerifFamily: 'DejaVu Sans' },
    logLevel: 'off',
  } as const
  // Where there is no font, text is left out without a word.
  const probe =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9" font-family="sans-serif">x</text></svg>'
  if (new Resvg(probe, options).getBBox() === undefined)
    throw new CliError(
      '--png: this machine has no font to write labels in; install one, such as DejaVu Sans',
      exitCode.failed,
    )
  return new Resvg(svg, options).render().asPng()
}
