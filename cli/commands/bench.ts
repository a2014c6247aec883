import { type Command, Option } from 'commander'
import { type BenchOptions, type BenchResult, bench } from '../../index.js'
import { interruptible } from '../base/interrupt.js'
import { outputOf } from '../base/output.js'
import type { DataFlags } from '../flags/data.js'
import { parseNumber, parseNumbers } from '../flags/train.js'
import { benchLines } from '../reporters/summary.js'
import { openData } from '../runs/open-data.js'

type BenchFlags = Pick<DataFlags, 'data' | 'dataDir'> & Omit<BenchOptions, 'signal'>

/** `bench`: measures training, evaluation or likelihood estimation on this machine. */
export function define(command: Command): void {
  command
    .addOption(
      new Option('--task <name>', 'task to time (default: train)').choices(['train', 'evaluate', 'likelihood']),
    )
    .option('--data <name|path>', 'data to train and evaluate on (default: digits)')
    .option('--data-dir <folder>', 'where named sets lie')
    .option('--hidden-dims <n,n>', 'widths of the hidden layers (default: 400)', parseNumbers)
    .option('--latent-dim <n>', 'dimensions of z (default: 20)', parseNumber)
    .option('--batch-size <n>', 'examples per step (default: 128)', parseNumber)
    .option('--samples <n>', 'L, draws of z per example and step (default: 1)', parseNumber)
    .option('--steps <n>', 'of train, after a warm-up (default: 938), or times of evaluate (default: 20)', parseNumber)
    .option('--examples <n>', 'of evaluate (default: 10000) and likelihood (default: 1000)', parseNumber)
    .option('--draws <n>', 'K of likelihood, draws of z per example (default: 5000)', parseNumber)
    .option('--threads <n>', 'CPU threads; all that the process may use', parseNumber)
    .option('--members <n>', 'models to train with the same launches, on a GPU', parseNumber)
    .addOption(
      new Option('--path <name>', 'reference = the plain one, even if the fused one applies (default: auto)').choices([
        'auto',
        'reference',
      ]),
    )
    .addOption(
      new Option('--sparsity <how>', 'whether steps of the fused path leave out zeros (default: auto)').choices([
        'auto',
        'on',
        'off',
      ]),
    )
    .option('--device <name>', 'auto, cpu, cuda or cuda:1 … (default: auto)')
    .addOption(new Option('--precision <how>', 'of a GPU’s products (default: f32)').choices(['f32', 'tf32']))
    .addHelpText(
      'after',
      `
Environment:
  VAE_NATIVE_ISA   the vector instructions to compute with: scalar, avx2, avx512 or neon
                   (default: the fastest that the CPU has; the results are the same)

Examples:
  vae-native bench --data mnist --sparsity off --json
  vae-native bench --task likelihood --examples 200 --draws 1000
  VAE_NATIVE_ISA=avx2 vae-native bench`,
    )
    .action(async (flags: BenchFlags) => {
      const output = outputOf(command)
      const { data: _data, dataDir: _dataDir, ...options } = flags
      const result: BenchResult = await interruptible(async (signal) => {
        const { train } = await openData(flags, output, signal)
        return bench(train, { ...options, signal })
      })
      // Peak memory of the process, data included; Node counts in KiB.
      const measured = { ...result, peakMemoryMiB: process.resourceUsage().maxRSS / 1024 }
      output.result(...benchLines(measured))
      output.event({ type: 'bench', ...measured })
    })
}
