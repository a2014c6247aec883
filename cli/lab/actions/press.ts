/** Keys by name, and what they do. */

import { sentence } from '../../base/exit.js'
import { inFlags } from '../../base/option-names.js'
import { typed } from '../state/dialog.js'
import type { Key } from '../state/key.js'
import type { Lab, View } from '../state/lab.js'

/** What a key does, and where. */
export interface Binding {
  /** Any of them; arrows beside vim's letters. */
  readonly keys: readonly Key[]
  /** For the list of keys. */
  readonly words: string
  /** Under which heading it is listed. */
  readonly group: string
  /** Where it holds; everywhere unless said. */
  readonly views?: readonly View[]
  does(lab: Lab): void
}

/** Does what the key asks for: of the dialog, if there is one, else of the first binding that holds in this view. */
export function press(lab: Lab, key: Key, bindings: readonly Binding[]): void {
  if (lab.dialog !== undefined) {
    answer(lab, key)
    return
  }
  const holds = ({ keys, views }: Binding) => keys.includes(key) && (views === undefined || views.includes(lab.view))
  bindings.find(holds)?.does(lab)
}

function answer(lab: Lab, key: Key): void {
  const { dialog } = lab
  lab.dialog = undefined
  if (dialog?.kind === 'question' && key !== 'escape') {
    const chosen = dialog.answers.find((one) => one.key === key || one.also === key)
    if (chosen === undefined) lab.dialog = dialog
    else chosen.does()
  }
  if (dialog?.kind === 'prompt' && key !== 'escape' && key !== 'ctrl-c') {
    if (key !== 'enter') lab.dialog = typed(dialog, key)
    else {
      try {
        dialog.enter(dialog.text.trim())
      } catch (error) {
        lab.dialog = { ...dialog, refused: inFlags(sentence(error)) }
      }
    }
  }
  lab.changed()
}
