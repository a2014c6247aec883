/** Script of a page: theme button, save links of figures, explorers. */
import type { ExplorerData } from './data.js'
import { explore } from './explorer.js'

/** Toggles light and dark; stores the choice if the browser permits storage for files. */
function toggleTheme(): void {
  const { dataset } = document.documentElement
  const dark =
    dataset.theme === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : dataset.theme === 'dark'
  dataset.theme = dark ? 'light' : 'dark'
  try {
    localStorage.setItem('vae-native-theme', dataset.theme)
  } catch {
    // The page uses the system's theme next time.
  }
}

/** Fills a link with the SVG of its figure on click. */
function fillSaveLink(link: HTMLAnchorElement): void {
  const svg = link.closest('figure')?.querySelector('svg')
  if (!svg) return
  const blob = new Blob([new XMLSerializer().serializeToString(svg)], { type: 'image/svg+xml' })
  link.href = URL.createObjectURL(blob)
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

document.querySelector('.theme')?.addEventListener('click', toggleTheme)
for (const link of document.querySelectorAll<HTMLAnchorElement>('a.save')) {
  link.hidden = false
  link.addEventListener('click', () => fillSaveLink(link))
}
for (const root of document.querySelectorAll<HTMLElement>('.explorer')) {
  const models = JSON.parse(root.querySelector('script')?.textContent ?? '[]') as ExplorerData[]
  explore(root, models)
}
