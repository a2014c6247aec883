/** Training flags typed in the lab. */
import { Command } from 'commander'
import type { TrainOptions } from '../../../index.js'
import { CliError } from '../../base/exit.js'
import { addTrainFlags, readTrainFlags } from '../../flags/train.js'
import { usageSentence } from '../../flags/usage.js'

/** Parses `--beta 3 --latent-dim 10` as options; throws a {@link CliError} if they are invalid. */
export function typedOptions(text: string): TrainOptions {
  const command = new Command()
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} })
    .helpOption(false)
  addTrainFlags(command, {})
  try {
    command.parse(text.split(/\s+/).filter(Boolean), { from: 'user' })
  } catch (error) {
    throw new CliError(usageSentence(error instanceof Error ? error.message : String(error)))
  }
  const { options, validation } = readTrainFlags(command.opts())
  if (validation !== undefined) throw new CliError('--validation: every run of a lab is measured on the same data')
  return options
}
