/** Conversion of values and pictures to the numbers a model sees. Kept in the model and applied again when it is used. */
export interface Preprocessing {
  /**
   * Height and width of every picture in pixels; one number for a square.
   * @default that of the pictures, which must then agree
   */
  size?: number | readonly [height: number, width: number]
  /**
   * How a picture of another shape is brought to `size`: all of it with a border, cut to fill, or stretched.
   * @default 'contain'
   */
  fit?: 'contain' | 'cover' | 'fill'
  /**
   * 1 for grey, 3 for red, green and blue.
   * @default that of the pictures, which must then agree
   */
  channels?: 1 | 3
  /**
   * `'none'` takes values as they are; `'unit'` brings them to [0, 1], bytes by dividing by 255, floats from the
   * minimum and maximum of the training data; `'standardize'` brings each value of an example to mean 0 and standard
   * deviation 1 over the training data.
   * @default 'unit' for bytes (but 'none' if their maximum is 1), 'none' for floats
   */
  scale?: 'none' | 'unit' | 'standardize'
  /**
   * Once scaled: `'threshold'` turns a value into 1 from ½ up, else 0; `'dynamic'` draws 0 or 1 anew in every step, 1
   * with the value as its probability.
   * @default 'none'
   */
  binarize?: 'none' | 'threshold' | 'dynamic'
}
