import { useLayoutEffect } from 'react'
import { type Binding, press } from '../actions/press.js'
import { useKeys } from '../keys/use-keys.js'
import type { Lab as LabState } from '../state/lab.js'
import type { Screen } from './screen.js'
import { useFrames } from './use-frames.js'

/** What the lab is drawn on, and how. */
export interface LabProps {
  readonly lab: LabState
  readonly bindings: readonly Binding[]
  readonly screen: Screen
  /** The view as rows of text: all that is on the screen. */
  rows(): readonly string[]
}

/** The lab on the terminal: keys change it, frames show it. */
export function Lab({ lab, bindings, screen, rows }: LabProps) {
  const draw = useFrames(lab)
  lab.draw = draw
  useKeys((key) => {
    press(lab, key, bindings)
    draw()
  })
  return <Rows lab={lab} screen={screen} rows={rows} />
}

/** Rows of text, drawn by the screen and not by Ink: see {@link Screen} for the reason. */
function Rows({ lab, screen, rows }: Pick<LabProps, 'lab' | 'screen' | 'rows'>) {
  useLayoutEffect(() => lab.times.time(() => screen.draw(rows())))
  return null
}
