// vae-native report: the files, the page as text, and the page in a browser.
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import anyTest from 'ava'
import { execa } from 'execa'
import type { ExplorerData } from '../cli/report/client/data.js'
import { page } from '../cli/report/page.js'
import { loadVae } from '../index.js'
import { closeBrowser, openFile } from './fixtures/browser.js'

// One at a time, because each test starts a process that uses all cores.
const test = anyTest.serial

const program = fileURLToPath(new URL('../dist/cli/cli.js', import.meta.url))
const at = await mkdtemp(join(tmpdir(), 'vae-native-report-'))
anyTest.after.always(async () => {
  await closeBrowser()
  await rm(at, { recursive: true, force: true })
})

function run(...args: string[]) {
  return execa(process.execPath, [program, ...args], { cwd: at, reject: false })
}

const html = (folder: string) => readFile(join(at, folder, 'report.html'), 'utf8')

/** Reads the data of a page's explorers. */
async function explorersOf(folder: string): Promise<ExplorerData[]> {
  const [, json] = /<script type="application\/json">(.*?)<\/script>/.exec(await html(folder)) ?? []
  return JSON.parse(json ?? 'null')
}

test.before(async (t) => {
  const small = '--quiet --epochs 2 --hidden-dims 16 --batch-size 512 --threads 1'.split(' ')
  const table = Array.from({ length: 90 }, (_, i) => [i % 3, (i % 3) + Math.sin(i) / 3, Math.cos(i), `kind${i % 3}`])
  await writeFile(join(at, 'table.csv'), `a,b,c,species\n${table.map((row) => row.join(',')).join('\n')}\n`)
  const vectors = ['--data', 'table.csv', '--label-column', 'species', '--likelihood', 'gaussian']
  for (const flags of [
    ['--out', 'plain'],
    ['--out', 'deep', '--latent-dim', '4', '--posterior', 'laplace', '--beta', 'linear:0:2:2'],
    ['--out', 'line', '--latent-dim', '1', '--posterior', 'uniform'],
    ['--out', 'point', '--posterior', 'deterministic', '--validation', 'none'],
    ['--out', 'table', ...vectors, '--scale', 'standardize', '--validation', '0.2', '--variance', 'learned'],
  ]) {
    const { exitCode, stderr } = await run('train', ...small, ...flags)
    t.is(exitCode, 0, stderr)
  }
})

test('one run becomes a page in its folder, and its figures become files', async (t) => {
  const { exitCode, stdout, stderr } = await run('report', 'plain', '--png', '--json', '--quiet')
  t.is(exitCode, 0, stderr)
  const event = JSON.parse(stdout)
  t.deepEqual(event, {
    v: 1,
    type: 'report',
    runs: ['plain'],
    path: 'plain/report.html',
    bytes: event.bytes,
    figures: 12,
  })
  t.is(Buffer.byteLength(await html('plain')), event.bytes)
  const names = [
    ...['reconstruction', 'kl', 'elbo', 'kl-share', 'latents', 'manifold', 'posterior', 'traversals'],
    ...['reconstructions', 'resampling', 'interpolations', 'samples'],
  ]
  const files = await readdir(join(at, 'plain/figures'))
  t.deepEqual(files.sort(), names.flatMap((name) => ['json', 'png', 'svg'].map((end) => `${name}.${end}`)).sort())
  for (const name of names) t.truthy(JSON.parse(await readFile(join(at, `plain/figures/${name}.json`), 'utf8')).data)
  const latents = JSON.parse(await readFile(join(at, 'plain/figures/latents.json'), 'utf8'))
  t.is(latents.data.x.length, 2000)
  t.is((await readFile(join(at, 'plain/figures/latents.svg'), 'utf8')).match(/h0/g)?.length, 2000)
  // The curves match the record.
  const record = (await readFile(join(at, 'plain/metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const kl = JSON.parse(await readFile(join(at, 'plain/figures/kl.json'), 'utf8'))
  t.deepEqual(
    kl.data.series[1].points,
    record.filter(({ type }) => type === 'epoch').map(({ epoch, validation }) => [epoch, validation.kl]),
  )
})

test('the page loads nothing from elsewhere', async (t) => {
  await run('report', 'plain')
  const text = await html('plain')
  t.notRegex(text, /https?:/)
  t.notRegex(text, /\s(?:src|href)="(?!#|data:)/)
  t.regex(text, /Content-Security-Policy" content="default-src 'none';/)
  t.regex(text, /784-16-2 and back/)
  t.regex(text, /measured on<\/td><td>validation data, 2,000 examples/)
})

test('every posterior and any number of dimensions, distinguished', async (t) => {
  const figures = async (folder: string) => {
    const { exitCode, stderr } = await run('report', folder, '--quiet')
    t.is(exitCode, 0, stderr)
    return (await readdir(join(at, folder, 'figures'))).filter((name) => name.endsWith('.svg'))
  }
  t.true((await figures('deep')).includes('beta.svg'))
  t.regex(await html('deep'), /the two of 4 dimensions with the largest KL/)
  t.regex((await explorersOf('deep'))[0]?.note ?? '', /others stay at the prior's mean/)
  t.true((await figures('line')).includes('posterior.svg'))
  t.deepEqual((await explorersOf('line'))[0]?.axes, [0])
  const point = await figures('point')
  t.false(point.includes('posterior.svg') || point.includes('resampling.svg'))
  t.regex(await html('point'), /shown on the data that it was trained on/)
  t.regex(await html('point'), /decoded from N\(0, I\), which no autoencoder is trained for|Decoded from N\(0, I\)/)
})

test('vectors are drawn as curves', async (t) => {
  const { exitCode, stderr } = await run('report', 'table', '--quiet')
  t.is(exitCode, 0, stderr)
  t.regex(await html('table'), /drawn as curves over their values/)
  t.regex(await html('table'), /none, as σ² is learned/)
  const [data] = await explorersOf('table')
  t.is(data?.thumbnails, undefined)
  t.deepEqual(data?.labelNames, ['kind0', 'kind1', 'kind2'])
  t.is(data?.indices.length, 18)
})

test('several runs are compared, and keep their ids apart', async (t) => {
  const { exitCode, stdout, stderr } = await run(
    'report',
    'plain',
    'deep',
    './plain',
    '--out',
    'all',
    '--json',
    '--quiet',
  )
  t.is(exitCode, 0, stderr)
  t.is(JSON.parse(stdout).path, 'all/report.html')
  const files = await readdir(join(at, 'all/figures'))
  for (const name of ['comparison-kl.svg', 'plain-kl.svg', 'deep-kl.svg', 'plain-2-kl.svg'])
    t.true(files.includes(name), name)
  const ids = [...(await html('all')).matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
  t.is(new Set(ids).size, ids.length)
  t.deepEqual(
    (await explorersOf('all')).map(({ name }) => name),
    ['plain', 'deep', 'plain'],
  )
})

test('a run that never finished an epoch has no curves, and all the rest', async (t) => {
  await cp(join(at, 'plain'), join(at, 'early'), { recursive: true })
  const record = await readFile(join(at, 'early/metrics.jsonl'), 'utf8')
  // Killed while writing: the last line is incomplete.
  await writeFile(join(at, 'early/metrics.jsonl'), `${record.split('\n')[0]}\n{"v":1,"type":"ste`)
  await rm(join(at, 'early/model.safetensors'))
  const { exitCode, stderr } = await run('report', 'early', '--quiet')
  t.is(exitCode, 0, stderr)
  t.regex(await html('early'), /No epoch was finished, so there are no curves/)
})

test('data that is gone is named with --data', async (t) => {
  await cp(join(at, 'table'), join(at, 'moved'), { recursive: true })
  await cp(join(at, 'table.csv'), join(at, 'elsewhere.csv'))
  const record = await readFile(join(at, 'moved/run.json'), 'utf8')
  await writeFile(join(at, 'moved/run.json'), record.replaceAll('table.csv', 'gone.csv'))
  const { exitCode, stderr } = await run('report', 'moved', '--quiet')
  t.is(exitCode, 2)
  t.regex(stderr, /gone\.csv: the data that moved was validated on are not there; name them with --data$/m)
  const found = await run('report', 'moved', '--data', 'elsewhere.csv', '--quiet')
  t.is(found.exitCode, 0, found.stderr)
  t.regex(await html('moved'), /measured on<\/td><td>named data, 90 examples/)
})

for (const [args, message] of [
  [['report'], 'missing required argument runs'],
  [['report', 'nowhere'], 'nowhere: expected a run folder, but run.json is missing'],
  [['report', 'plain', '--seed', 'x'], '--seed: expected the number'],
] as const)
  test(`${args.join(' ')}: ${message}`, async (t) => {
    const { exitCode, stderr, stdout } = await run(...args)
    t.is(exitCode, 2)
    t.is(stdout, '')
    t.true(stderr.includes(message), stderr)
  })

test('what a page is given is text, whatever stands in it', (t) => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="9" height="9"><g id="a"/></svg>'
  const text = page({
    title: '<b>',
    lead: '"&',
    sections: [
      {
        id: 'one',
        title: '</h2><script>',
        table: { columns: ['<', 'n'], rows: [['<td>', '−1.5']] },
        figures: [{ id: 'f', title: '<i>', caption: '&', svg, data: {} }],
      },
    ],
  })
  t.true(text.includes('<h1>&lt;b&gt;</h1>') && text.includes('<p class="lead">&quot;&amp;</p>'))
  t.true(text.includes('<h2>&lt;/h2&gt;&lt;script&gt;</h2>'))
  t.true(text.includes('<td>&lt;td&gt;</td><td class="number">−1.5</td>'))
  t.true(text.includes('id="one-f-a"') && text.includes('<b>&lt;i&gt;</b> &amp; <a class="save"'))
  t.notRegex(text, /https?:/)
})

test('in a browser: pointing shows an example, and moving decodes', async (t) => {
  await run('report', 'plain', '--quiet')
  const opened = await openFile(t, join(at, 'plain/report.html'), { viewport: { width: 1280, height: 900 } })
  if (opened === undefined) return
  const { page, complaints } = opened
  const plane = page.locator('.plane')
  await plane.scrollIntoViewIfNeeded()
  const box = await plane.boundingBox()
  if (box === null) return t.fail('the plane is not on the page')
  const pixels = (name: string) =>
    page.evaluate<number[]>(`{
      const canvas = document.querySelector('${name}')
      Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)
    }`)
  // Position of the first example, from the data in the page.
  const [data] = await explorersOf('plain')
  const { floats } = await import('../cli/report/client/decode.js')
  const { planeOf } = await import('../cli/report/client/plane.js')
  if (data === undefined) return t.fail('the page holds no explorer')
  const z = [floats(data.x)[0] ?? 0, floats(data.y)[0] ?? 0] as const
  const [px, py] = planeOf(data, box.width).toPixel(...z)
  await page.mouse.move(box.x + px, box.y + py)
  t.regex((await page.locator('.who').textContent()) ?? '', /^\d, example \d+\nz0.−?\d+\.\d\d, z1/)
  t.true((await pixels('.example')).some((value, i) => i % 4 < 3 && value > 100))
  t.is(await page.locator('.ring').getAttribute('hidden'), null)
  const here = await pixels('.decoded')
  // The page decodes there like the library.
  const vae = await loadVae(join(at, 'plain'))
  const at2 = planeOf(data, box.width).toPlane(px, py)
  const expected = (await vae.decode([at2])).data
  const worst = expected.reduce(
    (most, value, i) => Math.max(most, Math.abs(value * 255 - (here[4 * i] ?? Number.NaN))),
    0,
  )
  t.true(worst < 2e-3 * 255 + 1, `${worst}`)
  await page.mouse.move(box.x + box.width * 0.9, box.y + box.height * 0.2)
  t.notDeepEqual(await pixels('.decoded'), here)
  const before = await page.locator('.z').textContent()
  await plane.focus()
  await page.keyboard.press('ArrowLeft')
  t.not(await page.locator('.z').textContent(), before)
  t.deepEqual(complaints, [])
})

test('in a browser: another model brings its own plane, and no example of the one before', async (t) => {
  // The first model has no pictures, but the page still has an element for them.
  await run('report', 'table', 'plain', 'line', '--out', 'three', '--quiet')
  const opened = await openFile(t, join(at, 'three/report.html'), { viewport: { width: 1280, height: 900 } })
  if (opened === undefined) return
  const { page, complaints } = opened
  const example = page.locator('.example')
  const plane = page.locator('.plane')
  const models = await explorersOf('three')
  const { floats } = await import('../cli/report/client/decode.js')
  const { planeOf } = await import('../cli/report/client/plane.js')
  const point = async (model: string) => {
    await page.locator('.explorer select').selectOption(model)
    t.is(await page.locator('.who').textContent(), 'point at one')
    t.false(await example.isVisible())
    await plane.scrollIntoViewIfNeeded()
    const box = await plane.boundingBox()
    const data = models.find(({ name }) => name === model)
    if (box === null || data === undefined) return ''
    const [px, py] = planeOf(data, box.width).toPixel(floats(data.x)[0] ?? 0, floats(data.y)[0] ?? 0)
    await page.mouse.move(box.x + px, box.y + py)
    return (await page.locator('.who').textContent()) ?? ''
  }
  t.regex(await point('plain'), /^\d, example \d+\nz0/)
  t.true(await example.isVisible())
  t.regex(await point('line'), /^\d, example \d+\nz0.−?\d\.\d\d$/)
  t.regex(await point('table'), /^kind\d, example \d+\nz0/)
  t.false(await example.isVisible())
  t.deepEqual(complaints, [])
})

test('in a browser: a figure is saved as a document of its own', async (t) => {
  const opened = await openFile(t, join(at, 'plain/report.html'), { acceptDownloads: true })
  if (opened === undefined) return
  const [download] = await Promise.all([
    opened.page.waitForEvent('download'),
    opened.page.locator('a.save').first().click(),
  ])
  t.is(download.suggestedFilename(), 'reconstruction.svg')
  const svg = await readFile(await download.path(), 'utf8')
  t.regex(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
  const { Resvg } = await import('@resvg/resvg-js')
  t.true(new Resvg(svg).width > 0)
})

test('in a browser: light, dark, and the other by a click', async (t) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const opened = await openFile(t, join(at, 'plain/report.html'), { colorScheme })
    if (opened === undefined) return
    const { page, complaints } = opened
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
    const [white, black] = ['rgb(255, 255, 255)', 'rgb(21, 24, 29)']
    t.is(await ground(), colorScheme === 'light' ? white : black)
    // Figures take the text colour of the page.
    const ink = await page.evaluate("getComputedStyle(document.querySelector('figure svg text')).fill")
    t.is(ink, colorScheme === 'light' ? 'rgb(27, 31, 36)' : 'rgb(228, 231, 235)')
    await page.locator('.theme').click()
    t.is(await ground(), colorScheme === 'light' ? black : white)
    t.deepEqual(complaints, [])
  }
})

test('in a browser: nothing is wider than a phone, by touch too', async (t) => {
  await run('report', 'plain', 'deep', '--out', 'all', '--quiet')
  for (const width of [360, 390]) {
    const opened = await openFile(t, join(at, 'all/report.html'), { viewport: { width, height: 800 }, hasTouch: true })
    if (opened === undefined) return
    const { page, complaints } = opened
    t.is(await page.evaluate('document.documentElement.scrollWidth'), width)
    const first = await page.locator('.z').textContent()
    await page.locator('.plane').tap({ position: { x: 200, y: 80 } })
    t.not(await page.locator('.z').textContent(), first)
    // Another model brings its own plane.
    await page.locator('.explorer select').selectOption('deep')
    t.regex((await page.locator('.note').textContent()) ?? '', /of 4 with the largest KL/)
    t.deepEqual(complaints, [])
  }
})
