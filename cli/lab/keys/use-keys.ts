import { type Key as InkKey, useInput } from 'ink'
import type { Key } from '../state/key.js'

/** Calls `pressed` with the name of each key; pasted text arrives as its characters. */
export function useKeys(pressed: (key: Key) => void): void {
  useInput((input, key) => {
    for (const name of keyNames(input, key)) pressed(name)
  })
}

/** Converts Ink's input to the key names of our key map. */
export function keyNames(input: string, key: InkKey): Key[] {
  if (key.upArrow) return [key.shift ? 'shift-up' : 'up']
  if (key.downArrow) return [key.shift ? 'shift-down' : 'down']
  if (key.leftArrow) return [key.shift ? 'shift-left' : 'left']
  if (key.rightArrow) return [key.shift ? 'shift-right' : 'right']
  if (key.return) return ['enter']
  if (key.escape) return ['escape']
  if (key.tab) return ['tab']
  // Terminals disagree on which of the two the key above enter sends.
  if (key.backspace || key.delete) return ['backspace']
  if (key.ctrl) return [`ctrl-${input}`]
  // Escape followed immediately by a key looks like alt with that key, and alt is unused here.
  const before = key.meta ? ['escape'] : []
  return [...before, ...[...input].flatMap((character) => controls[character] ?? (character >= ' ' ? [character] : []))]
}

/** Control characters among several: pasted, or typed faster than they are read. */
const controls: Readonly<Record<string, Key>> = {
  ' ': 'space',
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\u001b': 'escape',
}
