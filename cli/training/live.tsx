/** The live view of a training, drawn with Ink on stderr; imported only where there is a terminal to draw on. */
import { render } from 'ink'
import { TrainView } from '../components/TrainView.js'
import { inFlags } from '../flag-words.js'
import type { Output } from '../output.js'
import { pictures } from '../render/picture.js'
import type { Reporter, Subject } from './reporter.js'
import { initialState, next } from './state.js'

/** Charts are costly to draw and training wants the cores: ten frames a second look alive. */
const framesPerSecond = 10

/** More than fit on any screen are not turned into pictures. */
const mostOriginals = 16

/** Draws the run until it is closed; the last frame stays on the screen. */
export function liveReporter(output: Output, { name, run, probed }: Subject): Reporter {
  const originals = pictures(probed.slice(0, mostOriginals).toTensor())
  let state = initialState
  const view = () => (
    <TrainView
      name={name}
      shape={probed.shape}
      state={state}
      progress={run.progress}
      originals={originals}
      columns={process.stderr.columns}
      rows={process.stderr.rows}
      paint={output.progressPaint}
    />
  )
  // Signals are the command's own affair, and nothing is read from the keyboard.
  const options = { stdout: process.stderr, exitOnCtrlC: false, patchConsole: false, maxFps: framesPerSecond }
  const instance = render(view(), options)
  const timer = setInterval(() => instance.rerender(view()), 1000 / framesPerSecond)
  const warnings: string[] = []
  return {
    hear: (event) => {
      state = next(state, event)
      if (event.type === 'warning') warnings.push(`▲ ${inFlags(event.message)}`)
    },
    close: () => {
      clearInterval(timer)
      instance.rerender(view())
      instance.unmount()
      // The view had one line for the newest of them, cut to its width.
      output.progress(...warnings.map(output.progressPaint.yellow))
    },
  }
}
