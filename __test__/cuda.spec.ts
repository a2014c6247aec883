// CUDA on a machine where it does not work: its detection, its messages, and training without it. __test__/cuda tests
// machines where it works.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { execa } from 'execa'
import type { Cuda, Engine } from '../index.js'
import { child } from './fixtures/child.js'

const program = fileURLToPath(new URL('../dist/cli/cli.js', import.meta.url))
const at = await mkdtemp(join(tmpdir(), 'vae-native-no-cuda-'))
test.after.always(() => rm(at, { recursive: true, force: true }))

/** Runs a process with this value of VAE_NATIVE_CUDA; returns its detection, its error and its engine. */
async function found(addon: string) {
  const { stdout, stderr } = await child(
    `
    import { getBackends } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)}
    const out = { cuda: getBackends().cuda }
    try { trainVae(train, { device: 'cuda' }) } catch ({ code, message, remedy }) { out.error = { code, message, remedy } }
    const run = trainVae(train.slice(0, 64), { hiddenDims: [8], epochs: 1, probe: false })
    for await (const event of run.events('start')) out.engine = event.engine
    console.log(JSON.stringify(out))`,
    { env: { VAE_NATIVE_CUDA: addon } },
  )
  return JSON.parse(stdout || `{"failed":${JSON.stringify(stderr)}}`) as {
    cuda: Cuda
    engine: Engine
    error: { code: string; message: string; remedy?: string }
  }
}

/** Writes a file in place of the addon. */
async function addon(name: string, content: string): Promise<string> {
  const path = join(at, name)
  await writeFile(path, content)
  return path
}

/** Addon that throws the dynamic linker's message. */
const missing = (library: string) =>
  `throw new Error('${library}: cannot open shared object file: No such file or directory')`

const cases: Record<string, { content: string; name?: string; reason: RegExp; remedy?: string }> = {
  'no driver': {
    content: missing('libcuda.so.1'),
    reason: /^libcuda\.so\.1 was not found$/,
    remedy: "install NVIDIA's driver, version 580 or later",
  },
  'no libraries': {
    content: missing('libcublas.so.13'),
    reason: /^libcublas\.so\.13 was not found$/,
    remedy: 'install the libraries of CUDA 13, or name their folder in LD_LIBRARY_PATH',
  },
  'no GPU': {
    content: `exports.probeGpu = () => { throw new Error('{"message":"DriverError(CUDA_ERROR_NO_DEVICE, \\\\"\\\\")."}') }`,
    reason: /^the driver reports no GPU$/,
    remedy: 'see nvidia-smi',
  },
  'a driver that takes the process down': {
    content: `process.kill(process.pid, 'SIGSEGV')`,
    reason: /^loading CUDA ended the process that tried it \(SIGSEGV\)$/,
  },
  'an answer that is none': {
    content: `exports.probeGpu = () => 'so?'`,
    reason: /^its test printed "so\?"$/,
  },
  'a file that is no addon': {
    name: 'text.node',
    content: 'text',
    reason: /text\.node: (file too short|invalid ELF header)$/,
  },
}

for (const [what, { content, name = `${what}.cjs`, reason, remedy }] of Object.entries(cases)) {
  test(`${what}: the CPU computes, and the reason is reported`, async (t) => {
    const path = await addon(name, content)
    const { cuda, error, engine } = await found(path)
    t.like(cuda, { available: false, addon: path })
    t.regex(cuda.reason ?? '', reason)
    t.is(cuda.remedy, remedy)
    t.is(error.code, 'ERR_VAE_DEVICE')
    const way = remedy ?? "leave `device: 'auto'`"
    t.is(error.message, `device: expected 'auto' or 'cpu', got 'cuda', and ${cuda.reason}; ${way}.`)
    t.like(engine, { device: 'cpu', path: 'fused', noGpu: cuda.reason })
  })
}

test('without the addon no GPU is searched for', async (t) => {
  const { cuda, engine } = await found('off')
  t.deepEqual(cuda, { available: false, reason: 'VAE_NATIVE_CUDA is off' })
  t.false('noGpu' in engine)
})

test('on the command line it is exit code 3, and doctor says more', async (t) => {
  const env = { VAE_NATIVE_CUDA: await addon('doctor.cjs', missing('libcuda.so.1')) }
  const options = { env, reject: false, cwd: at }
  const train = await execa(process.execPath, [program, 'train', '--device', 'cuda:1'], options)
  t.is(train.exitCode, 3)
  t.regex(
    train.stderr,
    /^✖ --device: expected 'auto' or 'cpu', got 'cuda:1', and libcuda\.so\.1 was not found; install /,
  )
  const doctor = await execa(process.execPath, [program, 'doctor'], options)
  t.is(doctor.exitCode, 0)
  t.regex(
    doctor.stdout,
    /✔ cuda {6}none: libcuda\.so\.1 was not found \(tried .*doctor\.cjs\)\n +install NVIDIA's driver/,
  )
})
