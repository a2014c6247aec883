#!/usr/bin/env node
// Adds the binary packages of other platforms, which npm leaves out of package-lock.json.
//
// npm drops optional dependencies that are not installed here (npm/cli issue 4828), and `npm ci`, here or on the other
// platform, then rejects the lock as out of step with package.json. Version and platform are enough for an entry. It
// has no integrity, because the archive was never downloaded.
// usage: node .ci/complete-lock.mjs      after every change of a dependency
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const systems = ['android', 'darwin', 'freebsd', 'linux', 'win32']
const processors = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 'riscv64', 's390x', 'loong64', 'wasm32']
const libraries = { gnu: 'glibc', musl: 'musl' }

/** Platform of a binary package, from its name: `@napi-rs/tar-linux-x64-musl`. */
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

/** Optional dependencies without an entry, as `[place, entry]`. */
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
