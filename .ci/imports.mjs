// Imports run down: a file uses its own storey and those below it. Each function returns its complaints; none is good.
import { dirname, join } from 'node:path'

/** The storeys of api/, from the ground up, without `.ts`. A storey is a file, or a folder whose files share one. */
const api = [
  ...['cuda', 'errors', 'json', 'native', 'encode-options', 'tensor'],
  ...[
    'preprocessing',
    'dataset',
    'options',
    'option-table',
    'defaults',
    'presets',
    'image-source',
    'examples',
    'images',
  ],
  ...['events', 'decode-event', 'event-queue'],
  ...['calls', 'vae', 'run', 'train'],
  ...['named-sets', 'find-set', 'download', 'description', 'datasets', 'backends', 'bench'],
  ...[
    'options',
    'journal',
    'trial',
    'optuna',
    'replay',
    'search',
    'study',
    'events',
    'train-trial',
    'handle',
    'sweep',
  ].map((name) => `sweep/${name}`),
  'research',
]

/** Comments go, their line ends stay, so that line numbers hold. */
export const withoutComments = (text) =>
  text.replace(/\/\*.*?\*\//gs, (block) => block.replace(/[^\n]/g, '')).replace(/\/\/.*$/gm, '')

/** A file's code above its test module, which comes last. */
export const withoutTests = (text) => withoutComments(text.split(/#\[cfg\(test\)\]\s*mod /)[0])

/** The same without the imports of the test module. */
const shippedCode = (text) =>
  withoutTests(text).replace(/#\[cfg\(test\)\]\s*use [^;]*;/g, (use) => use.replace(/[^\n]/g, ''))

const lineOf = (text, index) => text.slice(0, index).split('\n').length

/** The names at the top of a `{…}` list that starts at `index`: `{a::b, c}` has a and c. */
function namesInBraces(text, index) {
  const names = []
  let depth = 0
  for (const { 0: token } of text.slice(index).matchAll(/[{},]|\w+(?:::)?|\S/g)) {
    if (token === '{') depth += 1
    else if (token === '}') depth -= 1
    else if (depth === 1 && /^\w/.test(token) && names.at(-1) === undefined) names.push(token)
    if (depth === 0) break
    if (depth === 1 && (token === ',' || token === '{')) names.push(undefined)
  }
  return names.filter((name) => name !== undefined).map((name) => name.replace('::', ''))
}

/**
 * The storeys of a crate are the modules of its lib.rs, in their order there; what lib.rs re-exports belongs to the
 * storey that it comes from.
 *
 * @param {string} crate its folder: `crates/vae-core`
 * @param {string[]} paths all files of the repository
 * @param {(path: string) => string} read
 */
export function rustComplaints(crate, paths, read) {
  const lib = withoutComments(read(`${crate}/src/lib.rs`))
  const storeys = [...lib.matchAll(/^(?:pub(?:\([^)]*\))? )?mod (\w+);/gm)].map(([, name]) => name)
  const exported = new Map(storeys.map((name) => [name, name]))
  for (const [, storey, names] of lib.matchAll(/^pub use (?:crate::)?(\w+)::([^;]+);/gms)) {
    for (const name of names.matchAll(/(\w+)\s*(?=[,}]|$)/g)) exported.set(name[1], storey)
  }
  const files = paths.filter((path) => path.startsWith(`${crate}/src/`) && path.endsWith('.rs'))
  return files.flatMap((path) => {
    const parts = path.slice(`${crate}/src/`.length, -'.rs'.length).split('/')
    const [own] = parts
    if (own === 'lib') return []
    if (!storeys.includes(own)) return [`${path}: ${own} is no module of ${crate}/src/lib.rs`]
    const code = shippedCode(read(path))
    // Of a storey's first file, `super` is the crate.
    const isFirst = parts.length === 1 || (parts.length === 2 && parts[1] === 'mod')
    const uses = isFirst ? /\b(?:crate|super)::(\w+|\{)/g : /\bcrate::(\w+|\{)/g
    return [...code.matchAll(uses)].flatMap(({ 0: whole, 1: name, index }) => {
      const names = name === '{' ? namesInBraces(code, index + whole.length - 1) : [name]
      const above = names.filter((each) => storeys.indexOf(exported.get(each)) > storeys.indexOf(own))
      return above.map((each) => {
        const storey = exported.get(each) === each ? each : `${each}, of ${exported.get(each)}`
        return `${path}:${lineOf(code, index)}: ${own} uses ${storey}, a storey above it`
      })
    })
  })
}

/**
 * Imports of api/ among each other, those of types included.
 *
 * @param {string[]} paths all files of the repository
 * @param {(path: string) => string} read
 */
export function apiComplaints(paths, read) {
  const storeyOf = (path) => {
    const name = path.replace(/^api\//, '').replace(/\.(ts|js)$/, '')
    return Math.max(api.indexOf(name), api.indexOf(dirname(name)))
  }
  const files = paths.filter((path) => path.startsWith('api/') && path.endsWith('.ts'))
  return files.flatMap((path) => {
    const own = storeyOf(path)
    if (own < 0) return [`${path}: it has no storey; list it in .ci/imports.mjs`]
    const code = withoutComments(read(path))
    const imports = [...code.matchAll(/(?:\bfrom|\bimport\(|\bimport)\s*'(\.[^']*)'/g)]
    return imports.flatMap(({ 1: specifier, index }) => {
      const target = join(dirname(path), specifier)
      if (storeyOf(target) >= 0 && storeyOf(target) <= own) return []
      return [`${path}:${lineOf(code, index)}: imports ${specifier}, a storey above it`]
    })
  })
}
