#!/usr/bin/env node
import { run } from './program.js'

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

// Set rather than exit: what is still on its way to a pipe gets there.
process.exitCode = await run(process.argv.slice(2))
