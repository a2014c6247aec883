/** What stands before the view and takes the keys: the list of keys, a question, or a line to type. */
import type { Key } from './key.js'

/** One way to answer a question. */
export interface Answer {
  readonly key: Key
  /** Another key for it, of which nothing is said. */
  readonly also?: Key
  readonly words: string
  does(): void
}

/** All keys, in columns; any key closes it. */
export interface Help {
  readonly kind: 'help'
}

/** Something that is not done without being asked for. */
export interface Question {
  readonly kind: 'question'
  readonly title: string
  readonly lines: readonly string[]
  /** Escape, which changes nothing, is always an answer. */
  readonly answers: readonly Answer[]
}

/** A line that is typed. */
export interface Prompt {
  readonly kind: 'prompt'
  readonly title: string
  readonly hint: string
  readonly text: string
  /** Why what was typed was refused. */
  readonly refused?: string
  /** Takes what was typed; throws what is wrong with it. */
  enter(text: string): void
}

export type Dialog = Help | Question | Prompt

/** The prompt after a key: longer, shorter, or as it was. */
export function typed(prompt: Prompt, key: Key): Prompt {
  const { refused: _, ...rest } = prompt
  if (key === 'backspace') return { ...rest, text: [...prompt.text].slice(0, -1).join('') }
  if (key === 'ctrl-u') return { ...rest, text: '' }
  if (key === 'space') return { ...rest, text: `${prompt.text} ` }
  return [...key].length === 1 ? { ...rest, text: prompt.text + key } : prompt
}
