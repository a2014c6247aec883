import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { download } from '../api/download.js'
import type { VaeError } from '../api/errors.js'
import { findSet, missingFiles } from '../api/find-set.js'
import type { NamedSet } from '../api/named-sets.js'

/** Contents of the four files of the test's set. */
const contents = {
  'train-images-idx3-ubyte.gz': Buffer.alloc(300_000, 'images'),
  'train-labels-idx1-ubyte.gz': Buffer.alloc(1_000, 'labels'),
  't10k-images-idx3-ubyte.gz': Buffer.alloc(50_000, 'more images'),
  't10k-labels-idx1-ubyte.gz': Buffer.alloc(500, 'more labels'),
}
type FileName = keyof typeof contents
const names = Object.keys(contents).sort() as FileName[]
const bytes = Object.values(contents).reduce((sum, { length }) => sum + length, 0)

function pinnedFile(name: FileName) {
  return { name, sha256: createHash('sha256').update(contents[name]).digest('hex') }
}

function namedSetAt(...bases: string[]): NamedSet {
  const files = {
    trainImages: pinnedFile('train-images-idx3-ubyte.gz'),
    trainLabels: pinnedFile('train-labels-idx1-ubyte.gz'),
    testImages: pinnedFile('t10k-images-idx3-ubyte.gz'),
    testLabels: pinnedFile('t10k-labels-idx1-ubyte.gz'),
  }
  return { name: 'shapes', bases, files }
}

/** Starts a server on the loopback interface and closes it after the test. */
async function serve(t: ExecutionContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function emptyFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vae-native-download-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const fileNameOf = (url = '') => url.split('/').at(-1) as FileName

/** Serves the right files, except one, which `answer` serves. */
function except(name: FileName, answer: (response: ServerResponse, content: Buffer) => void): RequestListener {
  return (request, response) => {
    if (fileNameOf(request.url) === name) answer(response, contents[name])
    else response.end(contents[fileNameOf(request.url)])
  }
}

function downloadAll(set: NamedSet, folder: string, options?: Parameters<typeof download>[3]): Promise<void> {
  return download(set, Object.values(set.files), folder, options)
}

const labels = 'train-labels-idx1-ubyte.gz'

test('files arrive whole, with progress up to the last byte', async (t) => {
  const folder = await emptyFolder(t)
  const set = namedSetAt(
    await serve(
      t,
      except(labels, (response, content) => response.end(content)),
    ),
  )
  const progress: { done: number; total: number }[] = []
  await downloadAll(set, folder, { onProgress: (p) => progress.push(p) })
  t.deepEqual((await readdir(folder)).sort(), names)
  for (const name of names) t.deepEqual(await readFile(join(folder, name)), contents[name])
  t.deepEqual(progress.at(-1), { done: bytes, total: bytes })
  t.deepEqual(
    progress.map(({ done }) => done),
    progress.map(({ done }) => done).sort((a, b) => a - b),
  )
  t.deepEqual(await missingFiles(folder, set), [])
})

test('one wrong byte is found by the sum, and nothing is left of the file', async (t) => {
  const folder = await emptyFolder(t)
  const corrupt = Buffer.from(contents[labels])
  corrupt.writeUInt8((corrupt[500] ?? 0) ^ 1, 500)
  const base = await serve(
    t,
    except(labels, (response) => response.end(corrupt)),
  )
  const error = await t.throwsAsync<VaeError>(downloadAll(namedSetAt(base), folder), { code: 'ERR_VAE_DATA_FORMAT' })
  t.is(error?.expected, `a file with SHA-256 ${pinnedFile(labels).sha256}`)
  t.is(error?.received, createHash('sha256').update(corrupt).digest('hex'))
  t.is(error?.path, base + labels)
  t.regex(error?.remedy ?? '', /^put train-labels-idx1-ubyte\.gz into /)
  t.false((await readdir(folder)).some((name) => name.includes('labels-idx1-ubyte.gz.') || name === labels))
})

test('a body that ends early is no file', async (t) => {
  const folder = await emptyFolder(t)
  const base = await serve(
    t,
    except(labels, (response, content) => {
      response.writeHead(200, { 'content-length': content.length })
      response.write(content.subarray(0, 10))
      setTimeout(() => response.destroy(), 20)
    }),
  )
  await t.throwsAsync(downloadAll(namedSetAt(base), folder), { code: 'ERR_VAE_IO', message: /expected the file, got / })
  const unannounced = await serve(
    t,
    except(labels, (response, content) => response.end(content.subarray(0, 10))),
  )
  await t.throwsAsync(downloadAll(namedSetAt(unannounced), folder), { code: 'ERR_VAE_DATA_FORMAT', message: /SHA-256/ })
  t.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith('.part')),
    [],
  )
})

test('an address that does not have the file is followed by the next', async (t) => {
  const folder = await emptyFolder(t)
  const empty = await serve(t, (_, response) => response.writeHead(404).end('nothing here'))
  const requested: string[] = []
  const full = await serve(t, (request, response) => {
    requested.push(request.url ?? '')
    response.end(contents[fileNameOf(request.url)])
  })
  await downloadAll(namedSetAt(empty, full), folder)
  t.deepEqual((await readdir(folder)).sort(), names)
  const second = await emptyFolder(t)
  requested.length = 0
  await downloadAll(namedSetAt(empty), second, { mirror: full.replace(/\/$/, '') })
  t.deepEqual(
    requested.sort(),
    names.map((name) => `/shapes/${name}`),
  )
})

test('an error names every address and what it answered', async (t) => {
  const folder = await emptyFolder(t)
  const empty = await serve(t, (_, response) => response.writeHead(404).end())
  const unreachable = 'http://127.0.0.1:1/'
  const error = await t.throwsAsync<VaeError>(downloadAll(namedSetAt(unreachable, empty), folder), {
    code: 'ERR_VAE_IO',
  })
  t.regex(error?.message ?? '', /^Cannot download .*127\.0\.0\.1:1\/.*; http:.*404 Not Found; put .* into .*\.$/)
})

test('a server that stalls is left', async (t) => {
  const folder = await emptyFolder(t)
  const stalled = await serve(
    t,
    except(labels, (response, content) => response.write(content.subarray(0, 10))),
  )
  const promise = downloadAll(namedSetAt(stalled), folder, { stallMs: 200 })
  await t.throwsAsync(promise, { code: 'ERR_VAE_IO', message: /got nothing for 0\.2 s/ })
  t.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith('.part')),
    [],
  )
})

test('a server that announces or sends too much is left', async (t) => {
  const folder = await emptyFolder(t)
  const announcing = except(labels, (response) => response.writeHead(200, { 'content-length': 2 ** 40 }).write('x'))
  const base = await serve(t, announcing)
  await t.throwsAsync(downloadAll(namedSetAt(base), folder), {
    code: 'ERR_VAE_DATA_FORMAT',
    message: /at most 67108864 bytes/,
  })
})

test('a signal ends the download in the middle and leaves nothing behind', async (t) => {
  const folder = await emptyFolder(t)
  const controller = new AbortController()
  const reason = new Error('changed my mind')
  const base = await serve(t, (request, response) => {
    response.write(contents[fileNameOf(request.url)].subarray(0, 10))
    setTimeout(() => controller.abort(reason), 50)
  })
  await t.throwsAsync(downloadAll(namedSetAt(base), folder, { signal: controller.signal }), { is: reason })
  t.deepEqual(await readdir(folder), [])
  await t.throwsAsync(downloadAll(namedSetAt(base), folder, { signal: controller.signal }), { is: reason })
})

test('a progress callback that throws ends the download with what it threw', async (t) => {
  const folder = await emptyFolder(t)
  const base = await serve(t, (request, response) => response.end(contents[fileNameOf(request.url)]))
  const thrown = new TypeError('a bug of the caller')
  const onProgress = () => {
    throw thrown
  }
  await t.throwsAsync(downloadAll(namedSetAt(base), folder, { onProgress }), { is: thrown })
  t.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith('.part')),
    [],
  )
})

test('two downloads into one folder do not disturb each other', async (t) => {
  const folder = await emptyFolder(t)
  const set = namedSetAt(await serve(t, (request, response) => response.end(contents[fileNameOf(request.url)])))
  await Promise.all([downloadAll(set, folder), downloadAll(set, folder)])
  t.deepEqual((await readdir(folder)).sort(), names)
})

test('a folder that cannot be made is said', async (t) => {
  const folder = await emptyFolder(t)
  await writeFile(join(folder, 'taken'), '')
  await t.throwsAsync(downloadAll(namedSetAt('http://127.0.0.1:1/'), join(folder, 'taken', 'below')), {
    code: 'ERR_VAE_IO',
    message: /cannot write/,
  })
})

test('a set on this machine is found under both its names, plain and compressed', async (t) => {
  const folder = await emptyFolder(t)
  const set = namedSetAt()
  t.is(await findSet(set, folder), undefined)
  for (const name of names) await writeFile(join(folder, name.replace(/\.gz$/, '')), contents[name])
  await writeFile(join(folder, labels), contents[labels])
  t.deepEqual(await findSet(set, folder), {
    trainImages: join(folder, 'train-images-idx3-ubyte'),
    trainLabels: join(folder, labels),
    testImages: join(folder, 't10k-images-idx3-ubyte'),
    testLabels: join(folder, 't10k-labels-idx1-ubyte'),
  })
})
