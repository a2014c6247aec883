/** What an explorer is given within the page, as JSON. Letters: d latent dimensions, n examples. */
export interface ExplorerData {
  /** What its model is called where there are several. */
  readonly name: string
  readonly decoder: DecoderData
  /** The shape of one example: a picture (h, w), (h, w, channels), or a vector. */
  readonly shape: readonly number[]
  /** The latent dimensions that span the plane: one or two of the d. */
  readonly axes: readonly number[]
  /** z where the pointer says nothing: the prior's mean, of length d. */
  readonly rest: readonly number[]
  /** The ends of the plane's axes; y of a single dimension is the label. */
  readonly domain: readonly [x: readonly [number, number], y: readonly [number, number]]
  /** The codes of n examples in the plane, 32-bit floats. */
  readonly x: Base64
  readonly y: Base64
  readonly labels?: readonly number[]
  readonly labelNames?: readonly string[]
  /** The number of each example in its data set. */
  readonly indices: readonly number[]
  /** The examples as small pictures, row after row in one PNG; none of vectors. */
  readonly thumbnails?: Thumbnails
  /** The values that are drawn as black and white, of a vector at the bottom and the top. */
  readonly range: readonly [low: number, high: number]
  /** One colour for each label, in turns. */
  readonly palette: readonly string[]
  /** What the plane leaves out, in a sentence; may be empty. */
  readonly note: string
}

/** Little-endian numbers as text. */
export type Base64 = string

/** The decoder: affine layers with a nonlinearity between them. */
export interface DecoderData {
  readonly layers: readonly LayerData[]
  readonly activation: 'relu' | 'tanh' | 'softplus' | 'silu' | 'identity'
  /** From the last layer's numbers to the mean of p(x|z). */
  readonly output: 'sigmoid' | 'identity'
}

/** W·a + b. */
export interface LayerData {
  readonly inputs: number
  readonly outputs: number
  /** (outputs, inputs), 16-bit floats. */
  readonly weight: Base64
  /** (outputs), 32-bit floats. */
  readonly bias: Base64
}

/** A sprite. */
export interface Thumbnails {
  /** A data: URL. */
  readonly png: string
  readonly width: number
  readonly height: number
  readonly columns: number
}
