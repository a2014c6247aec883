import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { VaeError } from './errors.js'
import type { NamedSet, PinnedFile } from './named-sets.js'
import type { CallProgress } from './native.js'

/** Size limit, far above any file of a named set: a server that sends more is not sending the file. */
const MAX_BYTES = 64 * 2 ** 20

/** Time without data after which a server has stalled. */
const STALL_MS = 30_000

/** Options of {@link download}. */
export interface DownloadOptions {
  signal?: AbortSignal | undefined
  /** Called with the bytes of all files together; `total` grows as the servers announce sizes. */
  onProgress?: ((done: CallProgress) => void) | undefined
  /** Server to try before the set's own: `<mirror>/<set>/<file>`. The pinned hashes apply to it too. */
  mirror?: string | undefined
  /** Time without data after which a server has stalled, in milliseconds. */
  stallMs?: number
}

/**
 * Downloads files of a named set into a folder, all at once. A file appears in the folder complete and with the
 * pinned SHA-256, or not at all; two downloads into one folder do not disturb each other.
 *
 * @throws {VaeError} `ERR_VAE_IO` or `ERR_VAE_DATA_FORMAT`, if none of its addresses delivers a file.
 */
export async function download(
  set: NamedSet,
  files: readonly PinnedFile[],
  folder: string,
  options: DownloadOptions = {},
): Promise<void> {
  options.signal?.throwIfAborted()
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw writeError(folder, cause)
  })
  // Cancels all files at once: when the caller aborts, when one of them fails, when onProgress throws.
  const controller = new LinkedAbortController(options.signal)
  const tally = new Tally(options.onProgress, (error) => controller.abort(error))
  const all = files.map(async (file) => {
    const urls = addresses(set, file, options.mirror)
    await fetchFromAny(urls, file, folder, tally.file(), controller.signal, options.stallMs ?? STALL_MS)
  })
  try {
    await Promise.all(all)
  } catch (error) {
    controller.abort(error)
    await Promise.allSettled(all)
    throw error
  } finally {
    controller.unlink()
  }
}

function addresses(set: NamedSet, file: PinnedFile, mirror: string | undefined): string[] {
  const bases = mirror === undefined ? set.bases : [`${mirror.replace(/\/+$/, '')}/${set.name}/`, ...set.bases]
  return bases.map((base) => base + file.name)
}

/** Fetches the file, complete and unaltered, from the first address that has it. */
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
  throw allAddressesFailed(file, failures, folder)
}

async function fetchTo(
  path: string,
  url: string,
  sha256: string,
  tally: FileTally,
  signal: AbortSignal,
  stallMs: number,
): Promise<void> {
  const attempt = new LinkedAbortController(signal)
  const stallError = new ServerFailure(url, 'ERR_VAE_IO', 'the file', `nothing for ${stallMs / 1000} s`)
  const timer = setTimeout(() => attempt.abort(stallError), stallMs)
  const temporary = `${path}.${randomUUID()}.part`
  let handle: FileHandle | undefined
  try {
    const body = await request(url, attempt, tally)
    handle = await open(temporary, 'wx')
    const hash = createHash('sha256')
    for await (const chunk of chunks(body, attempt)) {
      timer.refresh()
      if (tally.add(chunk.byteLength) > MAX_BYTES) throw sizeError(url, 'more')
      hash.update(chunk)
      await handle.writeFile(chunk)
    }
    const found = hash.digest('hex')
    if (found !== sha256) throw new ServerFailure(url, 'ERR_VAE_DATA_FORMAT', `a file with SHA-256 ${sha256}`, found)
    // Flushed before the rename: a power cut leaves the whole file or none.
    await handle.sync()
    await handle.close()
    await rename(temporary, path)
  } catch (error) {
    await handle?.close().catch(() => {})
    await rm(temporary, { force: true })
    throw attempt.signal.aborted ? attempt.signal.reason : toDownloadError(error, url, path)
  } finally {
    clearTimeout(timer)
    // Discards the rest of the response.
    attempt.abort(undefined)
    attempt.unlink()
  }
}

/** Returns the body of the response; reports its announced size to the tally. */
async function request(
  url: string,
  attempt: LinkedAbortController,
  tally: FileTally,
): Promise<ReadableStream<Uint8Array>> {
  // Some servers would wrap the file in a second gzip, which fetch undoes together with the file's own.
  const options = { signal: attempt.signal, headers: { 'accept-encoding': 'identity' } }
  const response = await Promise.race([fetch(url, options), attempt.aborted])
  const size = Number(response.headers.get('content-length') ?? 0)
  if (response.ok && response.body !== null && size <= MAX_BYTES) {
    tally.setTotal(size)
    return response.body
  }
  if (response.ok) throw sizeError(url, `${size} bytes`)
  throw new ServerFailure(url, 'ERR_VAE_IO', 'the file', `${response.status} ${response.statusText}`.trim())
}

/** Yields the chunks of the body until the attempt is aborted. */
async function* chunks(body: ReadableStream<Uint8Array>, attempt: LinkedAbortController): AsyncGenerator<Uint8Array> {
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
 * A controller that also aborts when another signal does, with a promise that rejects then. Both are done by hand:
 * Node 20 references what `AbortSignal.any` and `fetch` need so weakly that garbage collection can lose an abort.
 */
class LinkedAbortController extends AbortController {
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

/** Failure of one address; another may have the file. */
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

/** Converts an error of fetch or the file system to one with its address or path. */
function toDownloadError(error: unknown, url: string, path: string): unknown {
  if (error instanceof VaeError) return error
  if (!(error instanceof Error)) return error
  if ('syscall' in error && 'path' in error) return writeError(path, error)
  // fetch reports only 'fetch failed' or 'terminated'; the reason is in its cause.
  const cause = error.cause instanceof Error ? error.cause : error
  return new ServerFailure(url, 'ERR_VAE_IO', 'the file', cause.message || cause.name, error)
}

function sizeError(url: string, received: string): ServerFailure {
  return new ServerFailure(url, 'ERR_VAE_DATA_FORMAT', `a file of at most ${MAX_BYTES} bytes`, received)
}

function writeError(path: string, cause: Error): VaeError {
  return new VaeError({ code: 'ERR_VAE_IO', message: `${path}: cannot write: ${cause.message}.`, path }, { cause })
}

/** Creates one error for all addresses of a file: the data of the last, and a sentence about each. */
function allAddressesFailed(file: PinnedFile, failures: readonly VaeError[], folder: string): VaeError {
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
  readonly #onProgress: ((done: CallProgress) => void) | undefined
  readonly #fail: (error: unknown) => void

  constructor(onProgress: ((done: CallProgress) => void) | undefined, fail: (error: unknown) => void) {
    this.#onProgress = onProgress
    this.#fail = fail
  }

  file(): FileTally {
    const file = new FileTally(() => this.#report())
    this.#files.push(file)
    return file
  }

  #report(): void {
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
class FileTally implements CallProgress {
  done = 0
  total = 0
  readonly #report: () => void

  constructor(report: () => void) {
    this.#report = report
  }

  setTotal(total: number): void {
    this.total = total
    this.#report()
  }

  /** Adds to the bytes received and returns their sum. */
  add(bytes: number): number {
    this.done += bytes
    this.#report()
    return this.done
  }

  /** Discards the count of a server that failed. */
  restart(): void {
    this.done = 0
    this.total = 0
  }
}
