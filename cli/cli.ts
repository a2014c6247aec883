#!/usr/bin/env node
import { run } from './program.js'

// A reader that closes the pipe early (`| head`) is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

// Sets the exit code instead of exiting, so that pending output still reaches a pipe.
process.exitCode = await run(process.argv.slice(2))
