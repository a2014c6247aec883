/** The page's own script: the modules of client/, compiled, as the text of one. */
import { existsSync, readFileSync } from 'node:fs'

/** In the order in which they need each other. */
const modules = ['decode', 'plane', 'draw', 'explorer', 'main']

/** The script as one module without imports, which a page can hold within itself. */
export function pageScript(): string {
  const parts = modules.map((name) => readFileSync(new URL(`${name}.js`, compiled()), 'utf8'))
  // The compiler writes imports and exports on lines of their own, and no name is used twice.
  const text = parts
    .join('')
    .replace(/^(import|export) .*from .*;\n/gm, '')
    .replace(/^export (\{.*\};\n)?/gm, '')
  return text.replaceAll('</script', '<\\/script')
}

/** Beside this file in dist/; seen from the sources, as tests run them, in the dist/ of the last build. */
function compiled(): URL {
  const beside = new URL('./client/', import.meta.url)
  return existsSync(new URL('main.js', beside)) ? beside : new URL('../../dist/cli/report/client/', import.meta.url)
}
