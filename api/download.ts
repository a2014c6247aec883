import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { VaeError } from './errors.js'
import type { NamedSet, PinnedFile } from './named-sets.js'
import type { Done } from './native.js'

/** No file of a named set comes near this; a server that sends more is not sending the file. */
const MAX_BYTES = 64 * 2 ** 20

/** A server that sends nothing for so long has stalled. */
const STALL_MS = 30_000

/** What {@link download} needs besides the set. */
export interface DownloadOptions {
  signal?: AbortSignal | undefined
  /** Told the bytes of all files together; `total` grows while the servers still tell the sizes. */
  onProgress?: ((done: Done) => void) | undefined
  /** A server to try before the set's own: `<mirror>/<set>/<file>`. The pinned sums hold for it too. */
  mirror?: string | undefined
  /** How long a server may send nothing, in milliseconds. */
  stallMs?: number
}

/**
 * Downloads files of a named set into a folder, all at once. A file appears in the folder complete and with the
 * pinned SHA-256, or not at all; two downloads into one folder do not disturb each other.
 *
 * @throws {VaeError} `ERR_VAE_IO` or `ERR_VAE_DATA_FORMAT`, if a file could be had from none of its addresses.
 */
export async function download(
  set: NamedSet,
  files: readonly PinnedFile[],
  folder: string,
  options: DownloadOptions = {},
): Promise<void> {
  options.signal?.throwIfAborted()
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw cannotWrite(folder, cause)
  })
  // Ends all files at once: when the caller says so, when one of them cannot be had, when onProgress throws.
  const end = new Link(options.signal)
  const tally = new Tally(options.onProgress, (error) => end.abort(error))
  const all = files.map(async (file) => {
    const urls = addresses(set, file, options.mirror)
    await fetchFromAny(urls, file, folder, tally.file(), end.signal, options.stallMs ?? STALL_MS)
  })
  try {
    await Promise.all(all)
  } catch (error) {
    end.abort(error)
    await Promise.allSettled(all)
    throw error
  } finally {
    end.unlink()
  }
}

function addresses(set: NamedSet, file: PinnedFile, mirror: string | undefined): string[] {
  const bases = mirror === undefined ? set.bases : [`${mirror.replace(/\/+$/, '')}/${set.name}/`, ...set.bases]
  return bases.map((base) => base + file.name)
}

/** Fetches from the first address that has the file, the whole file, and nothing but the file. */
async function fetchFromAny(
  urls: readonly string[],
  file: PinnedFile,
  folder: string,
  tally: FileTally,
  signal: AbortSignal,
  stallMs: number,
): Promise<void> {
  const failures: VaeError[] = []
  for (const url of urls) {
    try {
      await fetchTo(join(folder, file.name), url, file.sha256, tally, signal, stallMs)
      return
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof ServerFailure)) throw error
      failures.push(error)
      tally.restart()
    }
  }
  throw noneHas(file, failures, folder)
}

async function fetchTo(
  path: string,
  url: string,
  sha256: string,
  tally: FileTally,
  signal: AbortSignal,
  stallMs: number,
): Promise<void> {
  const attempt = new Link(signal)
  const stalled = new ServerFailure(url, 'ERR_VAE_IO', 'the file', `nothing for ${stallMs / 1000} s`)
  const timer = setTimeout(() => attempt.abort(stalled), stallMs)
  const temporary = `${path}.${randomUUID()}.part`
  let handle: FileHandle | undefined
  try {
    const body = await request(url, attempt, tally)
    handle = await open(temporary, 'wx')
    const hash = createHash('sha256')
    for await (const chunk of chunks(body, attempt)) {
      timer.refresh()
      if (tally.arrived(chunk.byteLength) > MAX_BYTES) throw tooLarge(url, 'more')
      hash.update(chunk)
      await handle.writeFile(chunk)
    }
    const found = hash.digest('hex')
    if (found !== sha256) throw new ServerFailure(url, 'ERR_VAE_DATA_FORMAT', `a file with SHA-256 ${sha256}`, found)
    // On disk before it has its name: a power cut leaves the whole file or none.
    await handle.sync()
    await handle.close()
    await rename(temporary, path)
  } catch (error) {
    await handle?.close().catch(() => {})
    await rm(temporary, { force: true })
    throw attempt.signal.aborted ? attempt.signal.reason : explained(error, url, path)
  } finally {
    clearTimeout(timer)
    // Whatever the server would still send is not wanted.
    attempt.abort(undefined)
    attempt.unlink()
  }
}

/** The body of the answer; its announced size is told to the tally. */
async function request(url: string, attempt: Link, tally: FileTally): Promise<ReadableStream<Uint8Array>> {
  // Some servers would wrap the file in a second gzip, which fetch undoes together with the file's own.
  const options = { signal: attempt.signal, headers: { 'accept-encoding': 'identity' } }
  const response = await Promise.race([fetch(url, options), attempt.aborted])
  const size = Number(response.headers.get('content-length') ?? 0)
  if (response.ok && response.body !== null && size <= MAX_BYTES) {
    tally.announced(size)
    return response.body
  }
  if (response.ok) throw tooLarge(url, `${size} bytes`)
  throw new ServerFailure(url, 'ERR_VAE_IO', 'the file', `${response.status} ${response.statusText}`.trim())
}

/** What arrives, piece by piece, until the attempt is aborted. */
async function* chunks(body: ReadableStream<Uint8Array>, attempt: Link): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), attempt.aborted])
      if (done) return
      yield value
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

/**
 * A controller that also aborts when another signal does, and a promise that rejects then. Both are done by hand, because
 * Node 20 holds what `AbortSignal.any` and `fetch` need for it so weakly that garbage collection can lose an abort.
 */
class Link extends AbortController {
  readonly aborted: Promise<never>
  readonly #signal: AbortSignal | undefined
  readonly #follow = () => this.abort(this.#signal?.reason)

  constructor(signal: AbortSignal | undefined) {
    super()
    this.#signal = signal
    this.aborted = new Promise((_, reject) => {
      this.signal.addEventListener('abort', () => reject(this.signal.reason), { once: true })
    })
    this.aborted.catch(() => {})
    if (signal?.aborted) this.#follow()
    signal?.addEventListener('abort', this.#follow, { once: true })
  }

  unlink(): void {
    this.#signal?.removeEventListener('abort', this.#follow)
  }
}

/** One address did not have the file; another may. */
class ServerFailure extends VaeError {
  constructor(
    url: string,
    code: 'ERR_VAE_IO' | 'ERR_VAE_DATA_FORMAT',
    expected: string,
    received: string,
    cause?: unknown,
  ) {
    const message = `${url}: expected ${expected}, got ${received}.`
    super({ code, message, path: url, expected, received }, { cause })
  }
}

/** What fetch or the file system threw, as an error that says where. */
function explained(error: unknown, url: string, path: string): unknown {
  if (error instanceof VaeError) return error
  if (!(error instanceof Error)) return error
  if ('syscall' in error && 'path' in error) return cannotWrite(path, error)
  // fetch says no more than 'fetch failed' or 'terminated'; its cause knows why.
  const cause = error.cause instanceof Error ? error.cause : error
  return new ServerFailure(url, 'ERR_VAE_IO', 'the file', cause.message || cause.name, error)
}

function tooLarge(url: string, received: string): ServerFailure {
  return new ServerFailure(url, 'ERR_VAE_DATA_FORMAT', `a file of at most ${MAX_BYTES} bytes`, received)
}

function cannotWrite(path: string, cause: Error): VaeError {
  return new VaeError({ code: 'ERR_VAE_IO', message: `${path}: cannot write: ${cause.message}.`, path }, { cause })
}

/** One error for all addresses of a file: the last one's data, and a sentence about each. */
function noneHas(file: PinnedFile, failures: readonly VaeError[], folder: string): VaeError {
  const remedy = `put ${file.name} into ${folder} yourself, or set VAE_NATIVE_MIRROR to a server that has it`
  const each = failures.map((failure) => failure.message.replace(/\.$/, '')).join('; ')
  const last = failures.at(-1)
  const data = last?.toJSON() ?? { code: 'ERR_VAE_IO' as const }
  return new VaeError(
    { ...data, message: `Cannot download ${file.name}: ${each}; ${remedy}.`, remedy },
    { cause: last },
  )
}

/** Counts the bytes of several files as one. */
class Tally {
  readonly #files: FileTally[] = []
  readonly #onProgress: ((done: Done) => void) | undefined
  readonly #fail: (error: unknown) => void

  constructor(onProgress: ((done: Done) => void) | undefined, fail: (error: unknown) => void) {
    this.#onProgress = onProgress
    this.#fail = fail
  }

  file(): FileTally {
    const file = new FileTally(() => this.#tell())
    this.#files.push(file)
    return file
  }

  #tell(): void {
    const sum = { done: 0, total: 0 }
    for (const { done, total } of this.#files) {
      sum.done += done
      sum.total += total
    }
    try {
      this.#onProgress?.(sum)
    } catch (error) {
      this.#fail(error)
    }
  }
}

/** Counts the bytes of one file. */
class FileTally implements Done {
  done = 0
  total = 0
  readonly #tell: () => void

  constructor(tell: () => void) {
    this.#tell = tell
  }

  announced(total: number): void {
    this.total = total
    this.#tell()
  }

  /** Adds to what has arrived and returns it. */
  arrived(bytes: number): number {
    this.done += bytes
    this.#tell()
    return this.done
  }

  /** What came from a server that failed counts for nothing. */
  restart(): void {
    this.done = 0
    this.total = 0
  }
}
