import { useEffect, useReducer } from 'react'

/** What is drawn: it says when it has changed, and how long to wait between two frames. */
export interface Changing {
  readonly version: number
  readonly millisecondsPerFrame: number
}

/**
 * Draws the component again as often as what it shows allows, and only when that has changed. The
 * function that it gives back draws at once, after a key.
 */
export function useFrames(changing: Changing): () => void {
  const [, draw] = useReducer((frames: number) => frames + 1, 0)
  useEffect(() => {
    let drawn = -1
    let timer: NodeJS.Timeout
    const frame = () => {
      if (changing.version !== drawn) {
        drawn = changing.version
        draw()
      }
      timer = setTimeout(frame, changing.millisecondsPerFrame)
    }
    frame()
    return () => clearTimeout(timer)
  }, [changing])
  return draw
}
