import { type Key as InkKey, useInput } from 'ink'
import type { Key } from '../state/key.js'

/** Calls back with the name of every key that is pressed; text that is pasted comes as its characters. */
export function useKeys(pressed: (key: Key) => void): void {
  useInput((input, key) => {
    for (const name of keyNames(input, key)) pressed(name)
  })
}

/** What Ink made of the bytes of a terminal, by the names that our key map uses. */
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
  // Escape and a key that comes right after it look like that key with alt, which means nothing here.
  const before = key.meta ? ['escape'] : []
  return [...before, ...[...input].flatMap((character) => controls[character] ?? (character >= ' ' ? [character] : []))]
}

/** Keys that are no letters, where several come at once: pasted, or typed faster than they are read. */
const controls: Readonly<Record<string, Key>> = {
  ' ': 'space',
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\u001b': 'escape',
}
