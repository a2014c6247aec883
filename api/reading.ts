import type { ExampleShape } from './tensor.js'

/** Handling of unreadable pictures and rows. */
export interface OnError {
  /**
   * Fail, or leave them out and list them in `skipped`.
   * @default 'throw'
   */
  onError?: 'throw' | 'skip'
}

/** Options of reading a table; those that are not given are found in the file. */
export interface TableDialect {
  /**
   * True if the first row names the columns.
   * @default found in the file
   */
  header?: boolean
  /**
   * Character between cells; `' '` stands for any number of blanks.
   * @default found in the file
   */
  separator?: string
  /**
   * Decimal sign.
   * @default found in the file
   */
  decimal?: '.' | ','
  /**
   * Character that begins a line of comment; `'none'` if there are no such lines.
   * @default found in the file
   */
  comment?: string
  /**
   * Encoding of the text, by its WHATWG label: `'windows-1252'`.
   * @default that of the byte order mark, or else UTF-8
   */
  encoding?: string
  /**
   * Columns to read, in this order.
   * @default all but `labelColumn` and an index without a name
   */
  columns?: readonly string[]
  /**
   * Column that holds the labels.
   * @default none
   */
  labelColumn?: string
}

/** Options of reading files, which a run records with its data. */
export interface Reading extends TableDialect, OnError {
  /**
   * Array of an .npz file, or subfolder of a folder, that holds the examples; of several parts the one to train on.
   * @default found by its name, as 'images', 'x' or 'train'
   */
  key?: string
  /**
   * Array of an .npz file, or subfolder of a folder, that is held out; `'none'` if all is one part.
   * @default found by its name, as 'x_test' or 'test'
   */
  heldOut?: string
  /**
   * Source of one label for each example: the path of a file (IDX, .npy or a table of one column), an array of the .npz
   * file, or `'none'` for no labels.
   * @default found by its name, beside the examples
   */
  labels?: string
  /**
   * Shape of one example, for rows that are pictures.
   * @default that of the file
   */
  shape?: ExampleShape
  /**
   * True for pictures stored column by column, as those of EMNIST.
   * @default false
   */
  transpose?: boolean
  /**
   * Maximum bytes that the data may take in memory.
   * @default 8589934592
   */
  limitBytes?: number
}
