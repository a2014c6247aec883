//! The Node binding of vae-native: translates options, events and errors between JavaScript and [`vae_core`], and
//! contains no arithmetic, no default and no loop over batches.
//!
//! Nothing here calls into JavaScript. A run is polled; a long call is a promise whose progress can be read.
// napi's macros expand to public items of their own, which carry no documentation.
#![allow(missing_docs)]

pub mod analysis;
pub mod classifier;
mod compute;
mod dataset;
mod job;
mod run;
pub mod sweep;
mod task;
mod vae;

use napi::bindgen_prelude::{AsyncTask, Uint8Array};
use napi_derive::napi;
use vae_core::analysis::bench::BenchOptions;
use vae_kernels::Allocator;

use crate::job::{Job, thrown};

/// Aligns the kernels' data, and counts requests, so that `bench` can report the allocations of a step.
#[global_allocator]
static ALLOCATOR: Allocator = Allocator::new();

#[napi(catch_unwind)]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// The core's default options as JSON.
#[napi(catch_unwind)]
pub fn default_options() -> String {
    vae_core::TrainOptions::default().to_json().to_string()
}

/// The options of training as JSON: `[{ name, default, change, sweep }]`.
#[napi(catch_unwind)]
pub fn option_table() -> String {
    vae_core::options::table::table_json().to_string()
}

/// Compute backends available here, as JSON.
#[napi(catch_unwind)]
pub fn backends() -> String {
    vae_core::engine::device::backends().to_string()
}

/// Opens the first GPU and describes it as JSON; an error if none can be used.
#[napi(catch_unwind)]
pub fn probe_gpu() -> napi::Result<String> {
    let gpu = vae_core::engine::cuda::Gpu::open(0).map_err(thrown)?;
    Ok(gpu.describe().map_err(thrown)?.to_string())
}

/// A picture (height, width, channels) with values in [0, 1] as the bytes of a PNG file.
#[napi(catch_unwind)]
pub fn encode_png(pixels: &[f32], height: u32, width: u32, channels: u32) -> napi::Result<Uint8Array> {
    let png =
        vae_core::base::png::encode_png(pixels, height as usize, width as usize, channels as usize).map_err(thrown)?;
    Ok(png.into())
}

/// Times training steps on `data`; returns JSON.
#[napi(ts_return_type = "Promise<string>", catch_unwind)]
pub fn bench(
    data: &dataset::NativeDataset,
    options: String,
    task: &task::NativeTask,
) -> napi::Result<AsyncTask<Job<String, String>>> {
    let mut options = BenchOptions::from_json(&job::parse(&options)?).map_err(thrown)?;
    options.train.compute = compute::in_environment(options.train.compute).map_err(thrown)?;
    let data = data.inner.clone();
    let task = task.inner.clone();
    let work =
        move || Ok(vae_core::analysis::bench::bench(&data, &options, &task, || ALLOCATOR.requests())?.to_string());
    Ok(job::promise(work, |json| json))
}
