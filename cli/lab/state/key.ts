/** A character that was typed, or the name of a key: `up`, `enter`, `escape`, `tab`, `space`, `backspace`, `ctrl-c` … */
export type Key = string
