#!/usr/bin/env node
// Invariants of this repository, one small function each. A function returns its complaints; an empty list passes.
// Runs on a built clone, from .ci/run or by hand: node .ci/invariants.mjs
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cargoEnvironment, npm, run } from './command.mjs'
import { missingEntries } from './complete-lock.mjs'
import { rustComplaints, typescriptComplaints, withoutComments, withoutTests } from './imports.mjs'
import { optionComplaints } from './option-docs.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const env = await cargoEnvironment()
const read = (path) => readFileSync(join(root, path), 'utf8')
const call = (...command) => run(command, { cwd: root, env })

const tracked = (await call('git', 'ls-files')).output
  .split('\n')
  .filter((path) => path && existsSync(join(root, path)))
const isText = (path) => !/\.(safetensors|node|png|jpe?g|webp|gz|npy|npz|zip|ico)$/.test(path)
const isTest = (path) => /(^|\/)(tests|benches|examples|__test__)\//.test(path)
const lock = JSON.parse(read('package-lock.json'))
const manifest = JSON.parse(read('package.json'))

/** Matching lines of these files, as `path:line: text`; `strip` removes text to ignore. */
function find(paths, pattern, strip = (text) => text) {
  return paths.flatMap((path) =>
    strip(read(path))
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  )
}

const within = (...folders) =>
  tracked.filter((path) => folders.some((folder) => path === folder || path.startsWith(`${folder}/`)))
const rust = tracked.filter((path) => path.endsWith('.rs'))

const invariants = {
  async "vae-core's dependency tree has no napi"() {
    const { status, output } = await call('cargo', 'tree', '-p', 'vae-core', '-e', 'normal,build', '--prefix', 'none')
    return status === 0 ? output.split('\n').filter((line) => line.startsWith('napi')) : [output]
  },

  'vae-node depends on no candle crate'() {
    return find(['crates/vae-node/Cargo.toml'], /^candle/)
  },

  'unsafe stands in vae-kernels alone'() {
    return find(
      rust.filter((path) => !path.startsWith('crates/vae-kernels/')),
      /\bunsafe\b/,
      withoutComments,
    )
  },

  'nothing is printed outside cli/'() {
    const engine = rust.filter((path) => path.startsWith('crates/') && !isTest(path) && !path.endsWith('build.rs'))
    return [
      ...find(engine, /\b(e?print(ln)?|dbg)!/, withoutTests),
      ...find(within('api', 'index.ts', 'research.ts'), /\bconsole\.|\bprocess\.(stdout|stderr)\b/, withoutComments),
    ]
  },

  async 'the generated declarations are fresh'() {
    const path = 'crates/vae-node/binding.d.ts'
    if (!tracked.includes(path)) return [`${path} is not under version control`]
    const build = await run(npm('run', '--silent', 'build:native'), { cwd: root, env })
    if (build.status !== 0) return [build.output]
    const { status, output } = await call('git', 'diff', '--exit-code', '--stat', '--', path)
    return status === 0 ? [] : [`stage the new ${path}`, output]
  },

  async 'every public option is documented, with the default that the core has'() {
    const { defaultOptions } = await import('#binding')
    const defaults = JSON.parse(defaultOptions())
    return ['api/options.ts', 'api/preprocessing.ts'].flatMap((path) => optionComplaints(join(root, path), defaults))
  },

  'an allowed unwrap or expect says why'() {
    const shipped = rust.filter((path) => !isTest(path))
    const allowed = /allow\((?=.*clippy::(unwrap_used|expect_used|panic|print_std))(?!.*reason\s*=)/
    return find(shipped, allowed, withoutTests)
  },

  'a panic unwinds'() {
    const manifests = tracked.filter((path) => /(^|\/)(Cargo|config)\.toml$/.test(path))
    const setsUnwind = /^\[profile\.release\][^[]*^panic = "unwind"$/m.test(read('Cargo.toml'))
    return [
      ...(setsUnwind ? [] : ['Cargo.toml: the release profile does not say panic = "unwind"']),
      ...find(manifests, /panic\s*=\s*"abort"/),
    ]
  },

  // Development packages may have one: the build installs them with --ignore-scripts, and users do not get them.
  'no package that users get runs a script when it is installed'() {
    const packages = Object.entries(lock.packages).filter(
      ([place, entry]) => place && entry.hasInstallScript && !entry.dev,
    )
    const own = ['preinstall', 'install', 'postinstall'].filter((name) => manifest.scripts[name])
    return [...packages.map(([place]) => place), ...own.map((name) => `package.json: script ${name}`)]
  },

  'the lock file holds the packages of every platform'() {
    const missing = missingEntries(lock).map(([place]) => place)
    return missing.length > 0 ? [...missing, 'run node .ci/complete-lock.mjs'] : []
  },

  'no file names a place of one machine or a registry'() {
    const texts = tracked.filter(isText)
    const placeOfMachine = /(^|[\s"'`(=:[])\/(?:home|root|work|Users|mnt)\/\w|\b[A-Z]:\\Users\\/
    const registry = /\bregistry\.[a-z-]+\.[a-z]+|"resolved":\s*"http|^\s*registry\s*=/
    return [...find(texts, placeOfMachine), ...find(texts, registry)]
  },

  'cli/ uses the front door alone'() {
    return find(within('cli'), /(from|import\()\s*['"](#binding|.*\/(api|crates)\/)/)
  },

  async 'the front door exports at most sixteen values'() {
    const names = Object.keys(await import(join(root, 'dist/index.js')))
    return names.length <= 16 ? [] : [`index.ts exports ${names.length}: ${names.join(', ')}`]
  },

  'imports run down'() {
    return [
      ...rustComplaints('crates/vae-core', tracked, read),
      ...rustComplaints('crates/vae-kernels', tracked, read),
      ...typescriptComplaints(tracked, read),
    ]
  },

  'shipped files know nothing outside the repository'() {
    const mayKnow = (path) => isTest(path) || /^(bench|\.ci)\//.test(path) || path.endsWith('.md')
    const shipped = tracked.filter((path) => isText(path) && !mayKnow(path))
    return find(shipped, /\.\.\/shared\b/, (text) => text.split(/#\[cfg\(test\)\]\s*mod /)[0])
  },
}

let failed = 0
for (const [name, check] of Object.entries(invariants)) {
  let complaints
  try {
    complaints = await check()
  } catch (error) {
    complaints = [error.message]
  }
  if (complaints.length > 0) failed += 1
  console.log(`${complaints.length > 0 ? '✘' : '✔'} ${name}`)
  for (const complaint of complaints) console.log(`    ${complaint}`)
}
console.log(`${Object.keys(invariants).length - failed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
