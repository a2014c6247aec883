import { type Command, Option } from 'commander'
import { type BenchOptions, bench } from '../../index.js'
import { type DataFlags, openData } from '../data.js'
import { interruptible } from '../interrupt.js'
import { number, numbers } from '../options.js'
import { outputOf } from '../program.js'
import { count } from '../render/format.js'

interface BenchFlags extends Pick<DataFlags, 'data' | 'dataDir'> {
  readonly hiddenDims?: number[]
  readonly latentDim?: number
  readonly batchSize?: number
  readonly samples?: number
  readonly threads?: number
  readonly steps?: number
  readonly sparsity?: 'on' | 'off' | 'auto'
  readonly device?: string
}

/** `bench`: the speed of training steps, on one line. */
export function define(command: Command): void {
  command
    .option('--data <name|path>', 'what is trained on')
    .option('--data-dir <folder>', 'where named sets lie')
    .option('--hidden-dims <n,n>', 'widths of the hidden layers', numbers)
    .option('--latent-dim <n>', 'dimensions of z', number)
    .option('--batch-size <n>', 'examples per step', number)
    .option('--samples <n>', 'L, draws of z per example', number)
    .option('--threads <n>', 'CPU threads', number)
    .option('--steps <n>', 'that are timed, after a warm-up', number)
    .addOption(new Option('--sparsity <how>', 'whether zeros are skipped').choices(['on', 'off', 'auto']))
    .option('--device <name>', 'auto or cpu')
    .action(async (flags: BenchFlags) => {
      const output = outputOf(command)
      const {
        data: _data,
        dataDir: _dataDir,
        hiddenDims,
        latentDim,
        batchSize,
        samples,
        threads,
        steps,
        sparsity,
        device,
      } = flags
      const options: BenchOptions = {
        ...(hiddenDims && { hiddenDims }),
        ...(latentDim !== undefined && { latentDim }),
        ...(batchSize !== undefined && { batchSize }),
        ...(samples !== undefined && { samples }),
        ...(threads !== undefined && { threads }),
        ...(steps !== undefined && { steps }),
        ...(sparsity && { sparsity }),
        ...(device !== undefined && { device: device as NonNullable<BenchOptions['device']> }),
      }
      const result = await interruptible(async (signal) => {
        const { train } = await openData(flags, output, signal)
        return bench(train, { ...options, signal })
      })
      output.result(
        `${count(result.imagesPerSecond)} images/s · ${result.millisecondsPerStep.toFixed(3)} ms a step (p5 ${result.p5MillisecondsPerStep.toFixed(3)})`,
        `  mean loss ${result.meanLoss.toFixed(2)} · ${result.data}, density ${result.density.toFixed(3)}, sparsity ${result.sparsity}`,
        `  ${result.device} ${result.path} ${result.isa}, ${result.threads} thread${result.threads === 1 ? '' : 's'}`,
      )
      output.event({ type: 'bench', ...result })
    })
}
