/** Conversion of values and pictures to a model's inputs. Stored in the model and applied again when it is used. */
export interface Preprocessing {
  /**
   * Height and width of every picture in pixels; one number for a square.
   * @default that of the pictures, which must then agree
   */
  size?: number | readonly [height: number, width: number]
  /**
   * Fit of a picture of another shape to `size`: `'contain'` adds a border, `'cover'` crops it, `'fill'` stretches it.
   * @default 'contain'
   */
  fit?: 'contain' | 'cover' | 'fill'
  /**
   * Number of channels: 1 for grey, 3 for red, green and blue.
   * @default that of the pictures, which must then agree
   */
  channels?: 1 | 3
  /**
   * Scaling of the values: `'none'` keeps them; `'unit'` maps them to [0, 1], bytes by dividing by 255, floats by the
   * minimum and maximum of the training data; `'standardize'` gives each value of an example mean 0 and standard
   * deviation 1 over the training data.
   * @default 'unit' for bytes (but 'none' if their maximum is 1), 'none' for floats
   */
  scale?: 'none' | 'unit' | 'standardize'
  /**
   * Binarisation after scaling: `'threshold'` turns a value into 1 from ½ up, else 0; `'dynamic'` draws a new 0 or 1 in
   * every step, with the value as the probability of 1.
   * @default 'none'
   */
  binarize?: 'none' | 'threshold' | 'dynamic'
}
