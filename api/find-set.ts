import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { NamedSet, PinnedFile } from './named-sets.js'

/** Paths of a set's four files on this machine. */
export type SetPaths = Record<keyof NamedSet['files'], string>

/**
 * Returns the files of a set, each plain or as .gz, in the first folder that holds all of them: `dir/<set>`, `dir`
 * itself, `$VAE_NATIVE_DATA/<set>`, the cache. A folder that the caller names is trusted: only downloads are checked.
 */
export async function findSet(set: NamedSet, dir?: string): Promise<SetPaths | undefined> {
  for (const folder of searchFolders(set.name, dir)) {
    const found = await findAllFiles(folder, set)
    if (found) return found
  }
  return undefined
}

/** Folders to search for a set, in order. */
export function searchFolders(name: string, dir?: string): string[] {
  const data = process.env.VAE_NATIVE_DATA
  return [...(dir ? [join(dir, name), resolve(dir)] : []), ...(data ? [join(data, name)] : []), cacheFolder(name)]
}

/** Folder that a set is downloaded to, in the platform's cache. */
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

async function findAllFiles(folder: string, { files }: NamedSet): Promise<SetPaths | undefined> {
  const paths: Partial<SetPaths> = {}
  for (const [part, file] of Object.entries(files) as [keyof SetPaths, PinnedFile][]) {
    const path = await firstExisting(join(folder, file.name), join(folder, file.name.replace(/\.gz$/, '')))
    if (path === undefined) return undefined
    paths[part] = path
  }
  return paths as SetPaths
}

/** Returns the files of a set that a folder does not hold yet. */
export async function missingFiles(folder: string, { files }: NamedSet): Promise<PinnedFile[]> {
  const held = await Promise.all(Object.values(files).map(({ name }) => firstExisting(join(folder, name))))
  return Object.values(files).filter((_, i) => held[i] === undefined)
}

async function firstExisting(...candidates: string[]): Promise<string | undefined> {
  for (const path of candidates) {
    const exists = await access(path).then(
      () => true,
      () => false,
    )
    if (exists) return path
  }
  return undefined
}
