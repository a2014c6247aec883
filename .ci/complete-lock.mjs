#!/usr/bin/env node
// Adds what npm leaves out of package-lock.json: binary packages of platforms other than the one that wrote it.
//
// npm drops an optional dependency from the lock when it is not installed here (npm/cli issue 4828), and `npm ci`,
// here or on that other platform, then refuses the lock as out of step with package.json. An entry with version and
// platform is all that it needs. No integrity is written: the archive was never seen.
// usage: node .ci/complete-lock.mjs      after every change of a dependency
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const systems = ['android', 'darwin', 'freebsd', 'linux', 'win32']
const processors = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 'riscv64', 's390x', 'loong64', 'wasm32']
const libraries = { gnu: 'glibc', musl: 'musl' }

/** What the name of a binary package says of its platform: `@napi-rs/tar-linux-x64-musl`. */
function platform(name) {
  const words = name.split(/[/-]/)
  const os = words.filter((word) => systems.includes(word))
  const cpu = words.filter((word) => processors.includes(word))
  const libc = words.map((word) => libraries[word]).filter(Boolean)
  return {
    ...(cpu.length > 0 && { cpu }),
    ...(os.length > 0 && { os }),
    ...(os[0] === 'linux' && libc.length > 0 && { libc }),
  }
}

/** The packages that are named as optional dependencies but have no entry, as `[place, entry]`. */
export function missingEntries(lock) {
  const missing = new Map()
  for (const parent of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const place = `node_modules/${name}`
      if (lock.packages[place]) continue
      missing.set(place, { version, ...platform(name), ...(parent.dev && { dev: true }), optional: true })
    }
  }
  return [...missing]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = fileURLToPath(new URL('../package-lock.json', import.meta.url))
  const lock = JSON.parse(readFileSync(path, 'utf8'))
  const missing = missingEntries(lock)
  const byPlace = ([a], [b]) => (a < b ? -1 : 1)
  lock.packages = Object.fromEntries([...Object.entries(lock.packages), ...missing].sort(byPlace))
  if (missing.length > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
  console.error(`package-lock.json: ${missing.length} packages of other platforms added`)
}
