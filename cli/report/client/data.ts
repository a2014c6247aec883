/** Data of an explorer in the page, as JSON. Letters: d latent dimensions, n examples. */
export interface ExplorerData {
  /** Name of its model among several. */
  readonly name: string
  readonly decoder: DecoderData
  /** Shape of one example: a picture (h, w), (h, w, channels), or a vector. */
  readonly shape: readonly number[]
  /** Latent dimensions of the plane: one or two of the d. */
  readonly axes: readonly number[]
  /** z outside the plane's dimensions: the prior's mean (for an autoencoder the mean code), of length d. */
  readonly rest: readonly number[]
  /** Ends of the plane's axes; for a single dimension y is the label. */
  readonly domain: readonly [x: readonly [number, number], y: readonly [number, number]]
  /** Codes of n examples in the plane, 32-bit floats. */
  readonly x: Base64
  readonly y: Base64
  readonly labels?: readonly number[]
  readonly labelNames?: readonly string[]
  /** Index of each example in its data set. */
  readonly indices: readonly number[]
  /** Thumbnails of the examples, row by row in one PNG; none for vectors. */
  readonly thumbnails?: Thumbnails
  /** Values drawn as black and white, or for vectors at the bottom and the top: one range, or one for each value. */
  readonly ranges: readonly (readonly [low: number, high: number])[]
  /** Colours of the labels, repeated cyclically. */
  readonly palette: readonly string[]
  /** Sentence on the dimensions outside the plane; may be empty. */
  readonly note: string
}

/** Little-endian numbers in base64. */
export type Base64 = string

/** Decoder: affine layers with a nonlinearity between them. */
export interface DecoderData {
  readonly layers: readonly LayerData[]
  readonly activation: 'relu' | 'tanh' | 'softplus' | 'silu' | 'identity'
  /** Map from the last layer's output to the mean of p(x|z). */
  readonly output: 'sigmoid' | 'identity'
  /** Map from there to the data's units, factor·x + offset: one 32-bit float for all values, or one for each. */
  readonly factor: Base64
  readonly offset: Base64
}

/** Affine layer W·a + b. */
export interface LayerData {
  readonly inputs: number
  readonly outputs: number
  /** W (outputs, inputs), 16-bit floats. */
  readonly weight: Base64
  /** b (outputs), 32-bit floats. */
  readonly bias: Base64
}

/** Sprite of thumbnails. */
export interface Thumbnails {
  /** PNG as a data: URL. */
  readonly png: string
  readonly width: number
  readonly height: number
  readonly columns: number
}
