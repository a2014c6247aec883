/** A page that holds everything within itself: no request leaves it, wherever it lies. */
import type { Figure } from '../charts/svg/figure.js'
import { escaped, renamed, sizeOf } from '../charts/svg/svg.js'
import type { ExplorerData } from './client/data.js'
import { pageScript } from './script.js'
import { style } from './style.js'

/** A table; numbers stand to the right. */
export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
}

/** A part of a page, in the order in which it is read: text, table, explorer, figures. */
export interface Section {
  /** Of its heading, for links: letters, digits and dashes. */
  readonly id: string
  readonly title: string
  /** Whether it belongs to the whole section before it; default false. */
  readonly part?: boolean
  /** HTML of our own, which is not escaped: what comes from outside goes through `escaped` first. */
  readonly html?: string
  readonly table?: Table
  /** Models to walk through, one at a time. */
  readonly explorers?: readonly ExplorerData[]
  readonly figures?: readonly Figure[]
}

/** What a page says. */
export interface PageContent {
  readonly title: string
  /** A sentence or two below the title. */
  readonly lead: string
  readonly sections: readonly Section[]
  /** The last line: what wrote the page. */
  readonly foot?: string
}

/** Nothing but what the page holds itself may be loaded, whatever stands in it. */
const policy = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"

/** Sets the theme that was chosen last, before anything is painted. */
const remembered =
  "try{const t=localStorage.getItem('vae-native-theme');if(t)document.documentElement.dataset.theme=t}catch{}"

/** Figures wider than this take the whole row, in pixels. */
const widestInRow = 480

/** Entries that a list of contents has room for. */
const mostListed = 16

/** The page as one HTML document. */
export function page({ title, lead, sections, foot = '' }: PageContent): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escaped(title)}</title>
<style>${style}</style>
<script>${remembered}</script>
</head>
<body>
<div class="layout">
<header><h1>${escaped(title)}</h1><button class="theme" type="button">Light / dark</button><p class="lead">${escaped(lead)}</p></header>
<nav aria-label="Contents"><ol>
${contents(sections)
  .map(
    ({ id, title, part }) => `<li${part ? ' class="part"' : ''}><a href="#${escaped(id)}">${escaped(title)}</a></li>`,
  )
  .join('\n')}
</ol></nav>
<main>
${sections.map(section).join('\n')}
</main>
<footer>${escaped(foot)}</footer>
</div>
<script type="module">
${pageScript()}</script>
</body>
</html>
`
}

/** A long list of contents leaves the parts of sections out. */
function contents(sections: readonly Section[]): readonly Section[] {
  return sections.length > mostListed ? sections.filter(({ part }) => !part) : sections
}

function section({ id, title, part = false, html = '', table, explorers = [], figures = [] }: Section): string {
  const heading = part ? 'h3' : 'h2'
  return [
    `<section id="${escaped(id)}" class="${part ? 'part' : 'whole'}"><${heading}>${escaped(title)}</${heading}>`,
    html,
    table === undefined ? '' : tableHtml(table),
    explorers.length === 0 ? '' : explorerHtml(explorers),
    figures.length === 0
      ? ''
      : `<div class="figures">${figures.map((figure) => figureHtml(figure, id)).join('\n')}</div>`,
    '</section>',
  ].join('\n')
}

/** A figure with its caption and a link that saves it, which the script fills. */
function figureHtml({ id, title, caption, svg }: Figure, section: string): string {
  const wide = sizeOf(svg).width > widestInRow ? ' class="wide"' : ''
  // Within HTML an svg needs no namespace; an address in a page that makes no request would only puzzle.
  const drawn = renamed(svg, `${section}-${id}`).replaceAll(' xmlns="http://www.w3.org/2000/svg"', '')
  const link = `<a class="save" href="#${escaped(section)}" download="${escaped(id)}.svg" hidden>Save SVG</a>`
  return `<figure${wide}>${drawn}<figcaption><b>${escaped(title)}</b> ${escaped(caption)} ${link}</figcaption></figure>`
}

function tableHtml({ columns, rows }: Table): string {
  const numeric = columns.map((_, c) => rows.length > 0 && rows.every((row) => isNumber(row[c])))
  const cells = (tag: 'th' | 'td', row: readonly (string | number)[]) =>
    `<tr>${row.map((cell, c) => `<${tag}${numeric[c] ? ' class="number"' : ''}>${escaped(String(cell))}</${tag}>`).join('')}</tr>`
  const head = columns.some((name) => name !== '') ? `<thead>${cells('th', columns)}</thead>` : ''
  return `<div class="scroll"><table>${head}<tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table></div>`
}

/** A number, perhaps written out with a sign, a unit of per cent or a dash for none. */
function isNumber(cell: string | number | undefined): boolean {
  return typeof cell === 'number' || /^(–|[−-]?[\d.,]+( %)?)$/.test(cell ?? '')
}

/** The elements that the script of the page brings to life; the data beside them as JSON. */
function explorerHtml(models: readonly ExplorerData[]): string {
  const options = models.map(({ name }) => `<option>${escaped(name)}</option>`).join('')
  return `<div class="explorer">
${models.length > 1 ? `<label>model <select aria-label="model">${options}</select></label>` : ''}
<div class="views">
<div class="area"><canvas class="plane" tabindex="0" role="application" aria-label="The latent plane. Arrow keys walk, with Shift in longer steps."></canvas><div class="ring" hidden></div><div class="here"></div></div>
<div><div class="pictures">
<div><h4>decoded here</h4><canvas class="decoded" width="1" height="1" role="img" aria-label="what the model decodes from this z"></canvas><p class="z" aria-live="polite"></p></div>
<div><h4>example nearby</h4><canvas class="example" width="1" height="1" aria-hidden="true" hidden></canvas><p class="who" aria-live="polite">point at one</p></div>
</div>
<ul class="legend"></ul>
<p class="hint">Move over the plane, touch it, or use the arrow keys. <span class="note"></span></p></div>
</div>
<script type="application/json">${JSON.stringify(models).replaceAll('<', '\\u003c')}</script>
</div>`
}
