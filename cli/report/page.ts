/** Self-contained HTML page: it makes no requests. */
import type { Figure } from '../charts/svg/figure.js'
import { escapeXml, prefixIds, sizeOf } from '../charts/svg/svg.js'
import type { ExplorerData } from './client/data.js'
import { pageScript } from './script.js'
import { style } from './style.js'

/** Table; numbers are aligned right. */
export interface PageTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
}

/** Section of a page, in reading order: text, table, explorer, figures. */
export interface Section {
  /** Anchor of its heading: letters, digits and dashes. */
  readonly id: string
  readonly title: string
  /** Set for a part of the whole section before it; default false. */
  readonly part?: boolean
  /** Our own HTML, not escaped: external text must pass through `escapeXml` first. */
  readonly html?: string
  readonly table?: PageTable
  /** Models to explore, one at a time. */
  readonly explorers?: readonly ExplorerData[]
  readonly figures?: readonly Figure[]
}

/** Contents of a page. */
export interface PageContent {
  readonly title: string
  /** Sentence or two below the title. */
  readonly lead: string
  readonly sections: readonly Section[]
  /** Last line: the tool that wrote the page. */
  readonly foot?: string
}

/** Content security policy: nothing may be loaded from outside the page. */
const policy = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"

/** Script that restores the last chosen theme before the first paint. */
const restoreTheme =
  "try{const t=localStorage.getItem('vae-native-theme');if(t)document.documentElement.dataset.theme=t}catch{}"

/** Width in pixels above which a figure takes the whole row. */
const maxRowWidth = 480

/** Maximum entries of the table of contents. */
const maxListed = 16

/** Renders the page as one HTML document. */
export function page({ title, lead, sections, foot = '' }: PageContent): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeXml(title)}</title>
<style>${style}</style>
<script>${restoreTheme}</script>
</head>
<body>
<div class="layout">
<header><h1>${escapeXml(title)}</h1><button class="theme" type="button">Light / dark</button><p class="lead">${escapeXml(lead)}</p></header>
<nav aria-label="Contents"><ol>
${contents(sections)
  .map(
    ({ id, title, part }) =>
      `<li${part ? ' class="part"' : ''}><a href="#${escapeXml(id)}">${escapeXml(title)}</a></li>`,
  )
  .join('\n')}
</ol></nav>
<main>
${sections.map(section).join('\n')}
</main>
<footer>${escapeXml(foot)}</footer>
</div>
<script type="module">
${pageScript()}</script>
</body>
</html>
`
}

/** Sections in the table of contents; a long one omits parts. */
function contents(sections: readonly Section[]): readonly Section[] {
  return sections.length > maxListed ? sections.filter(({ part }) => !part) : sections
}

function section({ id, title, part = false, html = '', table, explorers = [], figures = [] }: Section): string {
  const heading = part ? 'h3' : 'h2'
  return [
    `<section id="${escapeXml(id)}" class="${part ? 'part' : 'whole'}"><${heading}>${escapeXml(title)}</${heading}>`,
    html,
    table === undefined ? '' : tableHtml(table),
    explorers.length === 0 ? '' : explorerHtml(explorers),
    figures.length === 0
      ? ''
      : `<div class="figures">${figures.map((figure) => figureHtml(figure, id)).join('\n')}</div>`,
    '</section>',
  ].join('\n')
}

/** Renders a figure with its caption and a save link, which the script fills. */
function figureHtml({ id, title, caption, svg }: Figure, section: string): string {
  const wide = sizeOf(svg).width > maxRowWidth ? ' class="wide"' : ''
  // Inline SVG needs no namespace; a URL would be confusing in a page that makes no requests.
  const drawn = prefixIds(svg, `${section}-${id}`).replaceAll(' xmlns="http://www.w3.org/2000/svg"', '')
  const link = `<a class="save" href="#${escapeXml(section)}" download="${escapeXml(id)}.svg" hidden>Save SVG</a>`
  return `<figure${wide}>${drawn}<figcaption><b>${escapeXml(title)}</b> ${escapeXml(caption)} ${link}</figcaption></figure>`
}

function tableHtml({ columns, rows }: PageTable): string {
  const numeric = columns.map((_, c) => rows.length > 0 && rows.every((row) => isNumber(row[c])))
  const cells = (tag: 'th' | 'td', row: readonly (string | number)[]) =>
    `<tr>${row.map((cell, c) => `<${tag}${numeric[c] ? ' class="number"' : ''}>${escapeXml(String(cell))}</${tag}>`).join('')}</tr>`
  const head = columns.some((name) => name !== '') ? `<thead>${cells('th', columns)}</thead>` : ''
  return `<div class="scroll"><table>${head}<tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table></div>`
}

/** True for a number, also as text with a sign or per cent, and for the dash of a missing one. */
function isNumber(cell: string | number | undefined): boolean {
  return typeof cell === 'number' || /^(–|[−-]?[\d.,]+( %)?)$/.test(cell ?? '')
}

/** Renders the elements of the explorer script, and its data as JSON. */
function explorerHtml(models: readonly ExplorerData[]): string {
  const options = models.map(({ name }) => `<option>${escapeXml(name)}</option>`).join('')
  return `<div class="explorer">
${models.length > 1 ? `<label>model <select aria-label="model">${options}</select></label>` : ''}
<div class="views">
<div class="area"><canvas class="plane" tabindex="0" role="application" aria-label="The latent plane. Arrow keys move the cursor, with Shift in longer steps."></canvas><div class="ring" hidden></div><div class="here"></div></div>
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
