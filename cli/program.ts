/** Command-line entry: registers the commands, runs one and returns its exit code. */
import { Command, CommanderError, Option } from 'commander'
import { exitCode, exitCodeOf, sentence } from './base/exit.js'
import { createOutput, errorData, type OutputFlags } from './base/output.js'
import { version } from './base/version.js'
import { usageSentence } from './flags/usage.js'

/** Module of a command: adds its arguments, flags and action to the command. */
interface CommandModule {
  define(command: Command): void | Promise<void>
}

/** Environment variables; an empty one counts as not set. */
const environment = `
Environment:
  NO_COLOR           no colours
  VAE_NATIVE_DATA    a folder where named sets lie
  VAE_NATIVE_MIRROR  a server to download named sets from first
  VAE_NATIVE_ISA     the vector instructions to compute with: scalar, avx2, avx512 or neon
                     (default: the fastest that the CPU has; the results are the same)
  VAE_NATIVE_CUDA    off = use no GPU; or the path of another CUDA addon`

/** Every command with its line of help. Only the command in use is imported. */
const commands: Readonly<Record<string, readonly [summary: string, load: () => Promise<CommandModule>]>> = {
  train: ['train a model; without a word more, on the built-in digits', () => import('./commands/train.js')],
  watch: ['follow a run that another process trains, or read one that has ended', () => import('./commands/watch.js')],
  lab: ['several runs at once in a terminal: see them learn, move β under them', () => import('./commands/lab.js')],
  sweep: ['many runs on the same data, over β, sizes, anything; which is best', () => import('./commands/sweep.js')],
  evaluate: ['ELBO and its parts on data, with standard errors', () => import('./commands/evaluate.js')],
  sample: ['new examples from the prior, or from any N(mean, sd)', () => import('./commands/sample.js')],
  reconstruct: ['examples beside what the model makes of them', () => import('./commands/reconstruct.js')],
  encode: ['latents of data as .csv or .npy', () => import('./commands/encode.js')],
  interpolate: ['the way from one example to another', () => import('./commands/interpolate.js')],
  score: ['examples by how strange the model finds them', () => import('./commands/score.js')],
  info: ['what a model file or run folder holds', () => import('./commands/info.js')],
  report: ['runs as one page: curves, latent space, pictures, an explorer', () => import('./commands/report.js')],
  verify: ['train the reference run and compare with published figures', () => import('./commands/verify.js')],
  'critical-beta': ['the β above which a VAE collapses on data', () => import('./commands/critical-beta.js')],
  reproduce: [
    'the paper in one command: every figure, a verdict on every claim',
    () => import('./commands/reproduce.js'),
  ],
  data: ['describe a data set before training on it', () => import('./commands/data.js')],
  doctor: ['what this machine offers, and what is missing', () => import('./commands/doctor.js')],
  bench: ['speed of training and evaluation on this machine', () => import('./commands/bench.js')],
}

/** Runs a command line (without node and the script) and returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.length === 0) {
    createOutput({}).result(...welcome())
    return exitCode.done
  }
  const program = base(new Command('vae-native'))
    .description('Train, study and use variational autoencoders at native speed.')
    .version(version())
    .option('--json', 'one JSON object a line on stdout')
    .option('--quiet', 'results and errors only')
    .option('--no-color', 'no colours; the variable NO_COLOR does the same')
    .option('--no-tui', 'plain lines where the lab would be drawn')
    .addOption(
      new Option('--charset <which>', 'what charts are made of (default: by the locale and TERM)').choices([
        'braille',
        'block',
        'ascii',
      ]),
    )
    .addHelpText('after', environment)
  try {
    const chosen = args.filter((word) => !word.startsWith('-')).find((word) => word !== 'help')
    for (const [name, [summary, load]] of Object.entries(commands)) {
      const command = base(program.command(name)).description(summary)
      if (name === chosen) await (await load()).define(command)
    }
    await program.parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? exitCode.done)
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCode.done
    report(error, program.opts<OutputFlags>())
    return error instanceof CommanderError ? exitCode.usage : exitCodeOf(error)
  }
}

/** Applies the settings of every command: errors are thrown, not printed. */
function base(command: Command): Command {
  return command
    .exitOverride()
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(process.stdout.columns ?? 100, 110) })
    .configureOutput({ outputError: () => {} })
    .allowExcessArguments(false)
}

/** Prints one sentence on stderr, and with `--json` the error as data on stdout. */
function report(error: unknown, flags: OutputFlags): void {
  const output = createOutput(flags)
  const message = error instanceof CommanderError ? usageSentence(error.message) : sentence(error)
  const data = error instanceof CommanderError ? { code: 'ERR_VAE_OPTION', message } : errorData(error)
  output.event({ type: 'error', ...data })
  output.notice(`${output.progressPaint.red('✖')} ${message}`)
}

/** Text without arguments: what the program is, and commands to start with. */
function welcome(): string[] {
  return [
    `vae-native ${version()}: train, study and use variational autoencoders at native speed`,
    '  vae-native train                      train on the built-in digits, nothing to download',
    '  vae-native train --data ./photos      … or on your own images, .npy, .csv or MNIST files',
    '  vae-native sample runs/NAME 16        draw new examples from a trained model',
    '  vae-native --help                     all commands; vae-native doctor checks this machine',
  ]
}
