/** Script of the page: the compiled modules of client/ joined to one text. */
import { existsSync, readFileSync } from 'node:fs'

/** Modules in the order of their dependencies. */
const modules = ['decode', 'plane', 'draw', 'explorer', 'main']

/** Script as one module without imports, to inline in a page. */
export function pageScript(): string {
  const parts = modules.map((name) => readFileSync(new URL(`${name}.js`, compiledFolder()), 'utf8'))
  // The compiler writes imports and exports on separate lines, and no name is used twice.
  const text = parts
    .join('')
    .replace(/^(import|export) .*from .*;\n/gm, '')
    .replace(/^export (\{.*\};\n)?/gm, '')
  return text.replaceAll('</script', '<\\/script')
}

/** Folder of the compiled modules: beside this file in dist/; for tests, which run the sources, in the last dist/. */
function compiledFolder(): URL {
  const beside = new URL('./client/', import.meta.url)
  return existsSync(new URL('main.js', beside)) ? beside : new URL('../../dist/cli/report/client/', import.meta.url)
}
