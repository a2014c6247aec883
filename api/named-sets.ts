/** A file of a named set: its name, without the folder, and the SHA-256 of its bytes. */
export interface PinnedFile {
  readonly name: string
  readonly sha256: string
}

/** A data set known by name: four IDX files compressed with gzip. */
export interface NamedSet {
  readonly name: string
  /** Base addresses of its files, each ending in `/`; tried in order. */
  readonly bases: readonly string[]
  readonly files: Readonly<Record<'trainImages' | 'trainLabels' | 'testImages' | 'testLabels', PinnedFile>>
}

/** Names of the sets that can be downloaded. */
export type DownloadableName = 'mnist' | 'fashion-mnist' | 'kmnist'

/** Names of the sets that `datasets.load` accepts. */
export type SetName = DownloadableName | 'digits'

/** Size and seed of each part of `digits`, which the library draws itself. */
export const digits = { train: { n: 10_000, seed: 1 }, test: { n: 2_000, seed: 2 } } as const

/** The sets that can be downloaded. Licences: see each set's own page; Fashion-MNIST is MIT, KMNIST is CC BY-SA 4.0. */
export const namedSets: Readonly<Record<DownloadableName, NamedSet>> = {
  mnist: namedSet(
    'mnist',
    ['https://ossci-datasets.s3.amazonaws.com/mnist/', 'https://storage.googleapis.com/cvdf-datasets/mnist/'],
    [
      '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
      '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
      '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
      'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
    ],
  ),
  'fashion-mnist': namedSet(
    'fashion-mnist',
    ['http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/'],
    [
      '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
      'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
      '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
      '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
    ],
  ),
  kmnist: namedSet(
    'kmnist',
    ['https://codh.rois.ac.jp/kmnist/dataset/kmnist/'],
    [
      '51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4',
      'e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17',
      'edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5',
      '20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c',
    ],
  ),
}

type Sums = readonly [trainImages: string, trainLabels: string, testImages: string, testLabels: string]

/** Creates a set; all three name their files as MNIST does. */
function namedSet(name: DownloadableName, bases: readonly string[], sums: Sums): NamedSet {
  return {
    name,
    bases,
    files: {
      trainImages: { name: 'train-images-idx3-ubyte.gz', sha256: sums[0] },
      trainLabels: { name: 'train-labels-idx1-ubyte.gz', sha256: sums[1] },
      testImages: { name: 't10k-images-idx3-ubyte.gz', sha256: sums[2] },
      testLabels: { name: 't10k-labels-idx1-ubyte.gz', sha256: sums[3] },
    },
  }
}
