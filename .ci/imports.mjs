// Imports run down: a file uses its own storey and those below it. Functions return complaints; an empty list passes.
import { dirname, join } from 'node:path'

/** The storeys of api/, from the ground up, without `.ts`. A storey is a file or a folder. */
const api = [
  ...['cuda', 'errors', 'json', 'native', 'encode-options', 'tensor', 'table', 'scale'],
  ...[
    'preprocessing',
    'reading',
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
  ...['calls', 'training-data', 'vae', 'run', 'train'],
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

/** The storeys of cli/. */
const cli = [
  ...['base', 'charts', 'latent', 'flags', 'runs', 'reporters'],
  ...['state', 'actions', 'views', 'latent-view', 'compare', 'keys', 'loop'].map((name) => `lab/${name}`),
  ...['report', 'reproduce', 'commands', 'program', 'cli'],
]

/** Removes comments but keeps their line breaks, and with them line numbers. */
export const withoutComments = (text) =>
  text.replace(/\/\*.*?\*\//gs, (block) => block.replace(/[^\n]/g, '')).replace(/\/\/.*$/gm, '')

/** Code of a file without its test module, which comes last. */
export const withoutTests = (text) => withoutComments(text.split(/#\[cfg\(test\)\]\s*mod /)[0])

/** Also removes the imports of the test module. */
const shippedCode = (text) =>
  withoutTests(text).replace(/#\[cfg\(test\)\]\s*use [^;]*;/g, (use) => use.replace(/[^\n]/g, ''))

const lineOf = (text, index) => text.slice(0, index).split('\n').length

/** Top-level names of a `{…}` list that starts at `index`: `{a::b, c}` has a and c. */
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
 * Checks the imports of a crate. Its storeys are the modules of lib.rs, in their order there; a re-export belongs to
 * the storey that defines it.
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
    // In a storey's first file, `super` is the crate.
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
 * Checks the imports within api/ and within cli/, types included: none runs up, and none closes a cycle.
 *
 * @param {string[]} paths all files of the repository
 * @param {(path: string) => string} read
 */
export function typescriptComplaints(paths, read) {
  return [...folderComplaints('api', api, paths, read), ...folderComplaints('cli', cli, paths, read)]
}

function folderComplaints(folder, storeys, paths, read) {
  const inside = (path) => path.startsWith(`${folder}/`)
  const nameOf = (path) => path.slice(folder.length + 1).replace(/\.[tj]sx?$/, '')
  const storeyOf = (name) => storeys.findIndex((storey) => name === storey || name.startsWith(`${storey}/`))
  const imports = new Map()
  const files = paths.filter((path) => inside(path) && /\.tsx?$/.test(path))
  const complaints = files.flatMap((path) => {
    const name = nameOf(path)
    if (storeyOf(name) < 0) return [`${path}: it has no storey; list it in .ci/imports.mjs`]
    const code = withoutComments(read(path))
    const found = [...code.matchAll(/(?:\bfrom|\bimport\(|\bimport)\s*'(\.[^']*)'/g)].map(
      ({ 1: specifier, index }) => ({ specifier, line: lineOf(code, index), target: join(dirname(path), specifier) }),
    )
    imports.set(
      name,
      found.filter(({ target }) => inside(target)).map(({ target }) => nameOf(target)),
    )
    // Imports of cli/ from the library have their own invariant.
    const isBelow = ({ target }) => (inside(target) ? storeyOf(nameOf(target)) <= storeyOf(name) : folder !== 'api')
    return found
      .filter((one) => !isBelow(one))
      .map(({ specifier, line }) => `${path}:${line}: imports ${specifier}, a storey above it`)
  })
  return [...complaints, ...circles(imports).map((names) => `${folder}/: a circle: ${names.join(' → ')}`)]
}

/** One cycle for every import that closes one, as the names along it. */
function circles(imports) {
  const found = []
  const done = new Set()
  const visit = (name, way) => {
    const start = way.indexOf(name)
    if (start >= 0) found.push([...way.slice(start), name])
    if (start >= 0 || done.has(name)) return
    for (const next of imports.get(name) ?? []) visit(next, [...way, name])
    done.add(name)
  }
  for (const name of imports.keys()) visit(name, [])
  return found
}
