import { useEffect, useReducer } from 'react'

/** State to draw: its version, and the pause between two frames. */
export interface Drawable {
  readonly version: number
  readonly millisecondsPerFrame: number
}

/**
 * Redraws the component at the frame rate of the state, if its version has changed. The returned function redraws
 * immediately, after a key.
 */
export function useFrames(state: Drawable): () => void {
  const [, draw] = useReducer((frames: number) => frames + 1, 0)
  useEffect(() => {
    let drawn = -1
    let timer: NodeJS.Timeout
    const frame = () => {
      if (state.version !== drawn) {
        drawn = state.version
        draw()
      }
      timer = setTimeout(frame, state.millisecondsPerFrame)
    }
    frame()
    return () => clearTimeout(timer)
  }, [state])
  return draw
}
