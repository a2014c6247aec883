/// <reference lib="esnext.disposable" preserve="true" />
// Public API of vae-native: exports only.
export { type Backends, type CpuBackend, getBackends } from './api/backends.js'
export type * from './api/bench.js'
export { bench } from './api/bench.js'
export type * from './api/calls.js'
export type { Cuda, Gpu } from './api/cuda.js'
export type { Dataset, SkippedFile, SplitOptions } from './api/dataset.js'
export {
  type ArrayOptions,
  datasets,
  type ImageOptions,
  type LoadData,
  type LoadNamed,
  type LoadProgress,
  type OpenData,
  type TrainAndTest,
} from './api/datasets.js'
export { defaults } from './api/defaults.js'
export type { ArrayEntry, DataDescription, LabelCount, SizeCount, TableColumn } from './api/description.js'
export { VaeError, type VaeErrorCode, type VaeErrorData } from './api/errors.js'
export type * from './api/events.js'
export type { Examples } from './api/examples.js'
export type { ImageSource } from './api/image-source.js'
export { type GridOptions, type Picture, toAnsi, toGrid, toPng } from './api/images.js'
export type { SetName } from './api/named-sets.js'
export { version } from './api/native.js'
export { type OptionRow, optionTable } from './api/option-table.js'
export type * from './api/options.js'
export type * from './api/preprocessing.js'
export { presets } from './api/presets.js'
export type * from './api/reading.js'
export type { Progress, RunState, TrainingRun } from './api/run.js'
export type * from './api/scale.js'
export type * from './api/sweep/events.js'
export type { Sweep, SweepResult } from './api/sweep/handle.js'
export type * from './api/sweep/options.js'
export type { StudyData, StudyPlan } from './api/sweep/replay.js'
export { sweep } from './api/sweep/sweep.js'
export type { Intermediate, Trial, TrialLosses, TrialState } from './api/sweep/trial.js'
export type { Column, Table } from './api/table.js'
export { type ExampleShape, type Latents, rows, type Tensor, type ValueRange } from './api/tensor.js'
export { trainVae } from './api/train.js'
export type * from './api/training-data.js'
export type * from './api/vae.js'
export { loadVae } from './api/vae.js'
