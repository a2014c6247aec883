/** The lab as a user runs it: the built program in a real terminal, keys in, screens and files out. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { hasTmux, Terminal, timeoutSeconds } from './fixtures/tmux.js'
import { skipTest } from './fixtures/tools.js'

const program = `"${process.execPath}" "${fileURLToPath(new URL('../dist/cli/cli.js', import.meta.url))}"`
const small = '--hidden-dims 32 --threads 1'
/** Training that only ends from outside. */
const endless = `${small} --epochs 1000000`

/** Opens a terminal and closes it after the test; undefined, with a skip reason, if there is no tmux. */
function terminal(t: ExecutionContext, columns: number, rows: number, command?: string): Terminal | undefined {
  if (!hasTmux) {
    skipTest(t, 'there is no tmux')
    return undefined
  }
  const opened = new Terminal(columns, rows, command)
  t.teardown(() => opened.close())
  return opened
}

/** Recorded events of the run in this folder. */
function readRecord(folder: string): Record<string, unknown>[] {
  const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').split('\n')
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as Record<string, unknown>]
    } catch {
      return []
    }
  })
}

async function eventually(t: ExecutionContext, holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 20 * timeoutSeconds && !holds(); tries++) await sleep(50)
  t.true(holds(), what)
}

test.serial('every key of training changes the run, and the record and the curves say so', async (t) => {
  const lab = terminal(t, 120, 40, `${program} train ${endless} --out run`)
  if (lab === undefined) return
  const run = join(lab.folder, 'run')
  const controls = () => readRecord(run).filter(({ type }) => type === 'control')
  const named = (name: string) => controls().filter((control) => control.name === name)
  await lab.until(/● run {2}784-32-2 bernoulli seed 1.* epoch (\d{2,}|[3-9])\/1000000 ▕/)

  lab.press('B', 'B', 'B')
  await eventually(t, () => named('beta').length === 3, 'β has been changed three times')
  t.deepEqual(
    named('beta').map(({ from, to }) => [from, to]),
    [
      [1, 1.1],
      [1.1, 1.21],
      [1.21, 1.33],
    ],
  )
  await lab.until(/β 1→1\.33/)
  lab.press('b')
  await eventually(t, () => named('beta').at(-1)?.to === 1.21, 'β goes down')
  lab.press('=')
  await lab.until(/β of run/)
  lab.type('linear:0:4:3')
  lab.press('Enter')
  await eventually(t, () => named('beta').length === 5, 'β follows a rule')
  t.like(named('beta').at(-1), { rule: { type: 'linear', from: 0, to: 4, epochs: 3 } })

  lab.press('R')
  await eventually(t, () => named('learningRate').at(-1)?.to === 0.0011, 'η goes up')
  lab.press('r')
  await eventually(t, () => named('learningRate').at(-1)?.to === 0.001, 'η goes down')
  await lab.until(/η 0\.001→/)

  lab.press('p')
  await lab.until(/‖ run/)
  await eventually(t, () => named('pause').length === 1, 'the pause is recorded')
  lab.press('.')
  await eventually(t, () => named('step').length === 1, 'the step is recorded')
  t.is(Number(named('step')[0]?.step), Number(named('pause')[0]?.step) + 1)
  lab.press('p')
  await lab.until(/● run/)
  await eventually(t, () => named('resume').length === 1, 'going on is recorded')

  const before = statSync(join(run, 'checkpoint.safetensors')).mtimeMs
  lab.press('s')
  await eventually(t, () => statSync(join(run, 'checkpoint.safetensors')).mtimeMs > before, 'a checkpoint is written')

  lab.press('x')
  await lab.until(/stop run\?/)
  lab.press('y')
  await lab.until(/■ run/)
  lab.press('q')
  t.regex(await lab.until(/left with \d/), /left with 0/)
  t.true(existsSync(join(run, 'model.safetensors')))
})

test.serial('a run is forked and trained again beside itself, and all are compared', async (t) => {
  const lab = terminal(t, 120, 40, `${program} train ${endless} --out run`)
  if (lab === undefined) return
  await lab.until(/epoch (\d{2,}|[2-9])\/1000000/)
  lab.press('f')
  await lab.until(/fork run at epoch \d+ with β/)
  lab.type('20')
  lab.press('Enter')
  const runs = () => (existsSync(join(lab.folder, 'runs')) ? readdirSync(join(lab.folder, 'runs')) : [])
  await eventually(t, () => runs().length === 1, 'the fork has a folder')
  const [fork = ''] = runs()
  await lab.until(new RegExp(`● ${fork}`))
  const forked = () =>
    readRecord(join(lab.folder, 'runs', fork)).filter(({ type, name }) => type === 'control' && name === 'beta')
  await eventually(t, () => forked().length > 0, 'the fork has its β')
  t.like(forked()[0], { from: 1, to: 20 })

  lab.press('n')
  await lab.until(/train like/)
  lab.type('2 --seed 7 --latent-dim 3')
  lab.press('Enter')
  await lab.until(/784-32-3 bernoulli seed 7/)
  lab.press('t')
  await eventually(t, () => runs().length === 3, 'a third run has begun')

  lab.press('1')
  await lab.until(/4 training/)
  lab.press('Space', 'j', 'Space', 'c')
  await lab.until(/compare/, /rate/)
  lab.press('Escape')
  lab.press('q')
  await lab.until(/leave the lab\?/)
  lab.press('c')
  await lab.until(/4 training/)
  lab.press('q')
  await lab.until(/leave the lab\?/)
  lab.press('s')
  t.regex(await lab.until(/left with \d/), /left with 0/)
  for (const folder of ['run', ...readdirSync(join(lab.folder, 'runs')).map((name) => join('runs', name))])
    t.true(existsSync(join(lab.folder, folder, 'checkpoint.safetensors')), folder)
})

test.serial('viewing changes nothing, and saves files only on request', async (t) => {
  const lab = terminal(t, 120, 40, `${program} train --epochs 4 ${small} --out run`)
  if (lab === undefined) return
  await lab.until(/✔ run .*done/, /reconstructions {2}x → x̂/)
  const record = readFileSync(join(lab.folder, 'run', 'metrics.jsonl'), 'utf8')
  lab.press('Tab', 'Tab')
  await lab.until(/samples from the prior/)
  lab.press('l')
  await lab.until(/log {2}/)
  lab.press('m')
  await lab.until(/smooth 0\.6/)
  lab.press('[')
  await lab.until(/epoch 3 {2}\[ \] scrub/)
  lab.press('w')
  await eventually(t, () => existsSync(join(lab.folder, 'run-run.svg')), 'the epochs are an SVG')
  t.regex(readFileSync(join(lab.folder, 'run-run.svg'), 'utf8'), /@keyframes/)
  lab.press(']')
  await lab.until(/epoch 4 {2}− prior/)
  lab.press('?')
  await lab.until(/keys: run/)
  lab.press('Escape')
  lab.press('1')
  await lab.until(/rate–distortion/)
  lab.press('y')
  await lab.until(/vae-native train --data digits --hidden-dims 32 --epochs 4 --threads 1/)
  lab.press('e')
  await lab.until(/explorer/)
  await lab.until(/decoded in [\d.]+ ms/)
  lab.press('q')
  const left = await lab.until(/left with \d/)
  t.regex(left, /✔ digits 10,000 · 784-32-2 · 4 epochs/)
  t.regex(left, /left with 0/)
  t.is(readFileSync(join(lab.folder, 'run', 'metrics.jsonl'), 'utf8'), record)
})

test.serial('training continues without the lab, and is watched again', async (t) => {
  const lab = terminal(t, 100, 30, `${program} train ${endless} --out run; ${program} watch run`)
  if (lab === undefined) return
  const run = join(lab.folder, 'run')
  const epochs = () => readRecord(run).flatMap(({ type, epoch }) => (type === 'epoch' ? [Number(epoch)] : []))
  await lab.until(/epoch (\d{2,}|[3-9])\/1000000/)
  lab.press('q')
  await lab.until(/leave the lab\?/)
  lab.press('d')
  await lab.until(/vae-native lab {2}run.*\n.*● run/)
  const left = epochs().length
  await eventually(t, () => epochs().length > left + 3, 'training continues')
  const [, pid] = /"pid":(\d+)/.exec(readFileSync(join(run, '.lock'), 'utf8')) ?? []
  process.kill(Number(pid), 'SIGTERM')
  await lab.until(/■ run/)
  lab.press('q')
  await lab.until(/left with 0/)
  const last = epochs().length
  t.deepEqual(
    epochs(),
    Array.from({ length: last }, (_, i) => i + 1),
  )

  // Watches its end too.
  lab.respawn(`${program} train --resume run --epochs ${last + 1} --quiet; ${program} watch run`)
  await lab.until(/✔ run.*done/)
  lab.press('q')
  await lab.until(/left with 0/)
  t.like(readRecord(run).at(-1), { type: 'end', status: 'completed', epochs: last + 1 })
})

test.serial('a terminal that is resized again and again holds no stray line', async (t) => {
  const lab = terminal(t, 120, 40, `${program} train ${endless} --out run`)
  if (lab === undefined) return
  await lab.until(/epoch (\d{2,}|[2-9])\/1000000/)
  for (let i = 0; i < 40; i++) {
    lab.resize(50 + ((i * 37) % 120), 12 + ((i * 17) % 45))
    await sleep(20)
  }
  lab.resize(50, 12)
  await lab.until(/the lab needs 60×16 cells/, /and has 50×12/)
  lab.resize(80, 24)
  lab.press('p')
  const isFramed = (row: string) => /^[╭│╰].*[╮│╯]$/.test(row)
  // A stray line would stay, because only changed rows are written.
  const screen = await lab.until(/‖ run/, /\n \? keys.*$/, (screen) => screen.split('\n').slice(3, 22).every(isFramed))
  t.is(screen.split('\n').length, 24)
  t.regex(screen, /^ vae-native lab/)
  t.is(screen.match(/vae-native lab/g)?.length, 1)
  lab.press('q')
  await lab.until(/leave the lab\?/)
  lab.press('s')
  await lab.until(/left with 0/)
})

test.serial('the terminal is given back: after SIGTERM, and while the lab is suspended', async (t) => {
  const lab = terminal(t, 100, 30)
  if (lab === undefined) return
  lab.type(`stty -a | head -3; PS1='shell> '; ${program} train ${endless} --out run`)
  lab.press('Enter')
  await lab.until(/epoch (\d{2,}|[2-9])\/1000000/)
  lab.press('C-z')
  await lab.until(/Stopped[\s\S]*shell>$/)
  lab.type('echo "the shell echoes"')
  lab.press('Enter')
  await lab.until(/^the shell echoes/m)
  lab.type('fg')
  lab.press('Enter')
  await lab.until(/vae-native lab/)
  const [, pid] = /"pid":(\d+)/.exec(readFileSync(join(lab.folder, 'run', '.lock'), 'utf8')) ?? []
  process.kill(Number(pid), 'SIGTERM')
  await lab.until(/Continue: vae-native train --resume run[\s\S]*shell>$/)
  lab.type('echo "left with $?"')
  lab.press('Enter')
  await lab.until(/left with 143/)
  t.true(existsSync(join(lab.folder, 'run', 'checkpoint.safetensors')))
})

test.serial('an uncaught error is printed on a restored terminal', async (t) => {
  const crash = fileURLToPath(new URL('fixtures/lab-crash.ts', import.meta.url))
  const root = fileURLToPath(new URL('..', import.meta.url))
  const lab = terminal(t, 100, 30)
  if (lab === undefined) return
  const signal = join(lab.folder, 'fail')
  lab.type(`cd "${root}"; PS1='shell> '; "${process.execPath}" --import=tsx "${crash}" "${signal}"`)
  lab.press('Enter')
  await lab.until(/vae-native lab/)
  writeFileSync(signal, '')
  await lab.until(/Error: on purpose[\s\S]*shell>$/)
  t.notRegex(lab.screen(), /vae-native lab {2}overview/)
  lab.type('echo "the shell echoes"')
  lab.press('Enter')
  await lab.until(/^the shell echoes/m)
  t.pass()
})

for (const [what, flags, shows] of [
  ['letters alone', '--charset ascii --no-color', /\+- losses -+ by epoch/],
  ['blocks', '--charset block', /╭─ losses/],
] as const)
  test.serial(`without braille: ${what}`, async (t) => {
    const lab = terminal(t, 80, 24, `${program} train --epochs 3 ${small} --out run ${flags}`)
    if (lab === undefined) return
    await lab.until(/done/)
    const screen = await lab.until(shows)
    t.notRegex(screen, /[⠁-⣿]/)
    if (flags.includes('ascii')) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it searches for characters outside ASCII
      t.notRegex(screen, /[^\u0000-\u007f]/)
    }
    lab.press('q')
    await lab.until(/left with 0/)
  })
