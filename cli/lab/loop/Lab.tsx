import { useLayoutEffect } from 'react'
import { type Binding, press } from '../actions/press.js'
import { useKeys } from '../keys/use-keys.js'
import type { Lab as LabState } from '../state/lab.js'
import type { Screen } from './screen.js'
import { useFrames } from './use-frames.js'

/** Props of the lab component. */
export interface LabProps {
  readonly lab: LabState
  readonly bindings: readonly Binding[]
  readonly screen: Screen
  /** All rows of the screen as text. */
  rows(): readonly string[]
}

/**
 * Lab on the terminal: keys change its state, frames show it. Ink reads the keys and manages the terminal modes;
 * {@link Screen} draws the rows, for the reason measured there.
 */
export function Lab({ lab, bindings, screen, rows }: LabProps) {
  const draw = useFrames(lab)
  lab.draw = draw
  useKeys((key) => {
    press(lab, key, bindings)
    draw()
  })
  useLayoutEffect(() => lab.times.time(() => screen.draw(rows())))
  return null
}
