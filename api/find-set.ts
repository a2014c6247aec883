import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { NamedSet, PinnedFile } from './named-sets.js'

/** Where the four files of a set are on this machine, or would be. */
export type SetPaths = Record<keyof NamedSet['files'], string>

/**
 * The first folder that holds all files of a set, each plain or as .gz: `dir/<set>`, `dir` itself, `$VAE_NATIVE_DATA/<set>`,
 * the cache. A folder that was named by the caller is taken at its word: only what we download is checked by its sum.
 */
export async function findSet(set: NamedSet, dir?: string): Promise<SetPaths | undefined> {
  for (const folder of places(set.name, dir)) {
    const found = await allIn(folder, set)
    if (found) return found
  }
  return undefined
}

/** The folders in which a set is looked for, in order. */
export function places(name: string, dir?: string): string[] {
  const data = process.env.VAE_NATIVE_DATA
  return [...(dir ? [join(dir, name), resolve(dir)] : []), ...(data ? [join(data, name)] : []), cacheFolder(name)]
}

/** Where a set is downloaded to: the platform's folder for what can be had again. */
export function cacheFolder(name: string): string {
  return join(cacheRoot(), 'vae-native', name)
}

function cacheRoot(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  if (XDG_CACHE_HOME) return XDG_CACHE_HOME
  switch (process.platform) {
    case 'darwin':
      return join(homedir(), 'Library', 'Caches')
    case 'win32':
      return LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local')
    default:
      return join(homedir(), '.cache')
  }
}

async function allIn(folder: string, { files }: NamedSet): Promise<SetPaths | undefined> {
  const paths: Partial<SetPaths> = {}
  for (const [part, file] of Object.entries(files) as [keyof SetPaths, PinnedFile][]) {
    const path = await existing(join(folder, file.name), join(folder, file.name.replace(/\.gz$/, '')))
    if (path === undefined) return undefined
    paths[part] = path
  }
  return paths as SetPaths
}

/** The files of a set that a folder does not hold yet. */
export async function missingIn(folder: string, { files }: NamedSet): Promise<PinnedFile[]> {
  const held = await Promise.all(Object.values(files).map(({ name }) => existing(join(folder, name))))
  return Object.values(files).filter((_, i) => held[i] === undefined)
}

async function existing(...candidates: string[]): Promise<string | undefined> {
  for (const path of candidates) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return undefined
}
