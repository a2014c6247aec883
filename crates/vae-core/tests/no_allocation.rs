//! A training step allocates nothing: after the first step, which starts the threads, no thread of the process
//! allocates for twenty epochs.
//!
//! The allocator counts for the whole process, so this file has a single test. Only the test runner's own thread also
//! allocates, at its start and when a test takes a minute. A step that allocates does so in every attempt, so one
//! attempt without allocations suffices.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use std::alloc::System;

use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};
use vae_core::data::digits::digits;
use vae_core::data::{Binarize, Dataset, Preprocessing, Scale, Shape};
use vae_core::files::metadata::ModelMetadata;
use vae_core::run::prepare::prepare;
use vae_core::train::trainer::Trainer;

use testing::options;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Five steps per epoch, the last of 44 examples; within the epochs a fallback copy of θ is taken twice.
const EXAMPLES: usize = 300;
const BATCH: usize = 64;
const EPOCHS: u64 = 20;

/// Digits in bytes.
fn bytes(binarize: Binarize) -> Dataset {
    let (pixels, labels) = digits(EXAMPLES, 1);
    let preprocessing = Preprocessing { binarize, ..Preprocessing::default() };
    Dataset::from_u8(pixels, Shape::new(vec![28, 28]).unwrap(), Some(labels), &preprocessing).unwrap()
}

/// Digits in floats, every pixel standardised to mean 0 and deviation 1.
fn standardized() -> Dataset {
    let values = digits(EXAMPLES, 1).0.into_iter().map(f32::from).collect();
    let preprocessing = Preprocessing { scale: Some(Scale::Standardize), ..Preprocessing::default() };
    Dataset::from_f32(values, Shape::new(vec![784]).unwrap(), None, &preprocessing).unwrap()
}

/// Allocations of all steps after the first, on `threads` threads.
fn allocations(data: Dataset, settings: &Value, threads: usize) -> Stats {
    let mut settings = settings.clone();
    settings["batchSize"] = json!(BATCH);
    settings["threads"] = json!(threads);
    let prepared = prepare(data, None, options(settings)).unwrap();
    let metadata = ModelMetadata::new(&prepared.data, &prepared.options);
    let mut trainer = Trainer::new(metadata, prepared.data, None, None).unwrap();
    assert!(trainer.engine().path.is_ok(), "the fused path");
    let (_, mut smallest) = trainer.step().unwrap();
    let region = Region::new(ALLOCATOR);
    while trainer.epochs_done() < EPOCHS {
        let (_, examples) = trainer.step().unwrap();
        smallest = smallest.min(examples);
    }
    let change = region.change();
    assert_eq!((smallest, trainer.state().step), (44, 5 * EPOCHS));
    change
}

#[test]
fn a_step_allocates_nothing() {
    let region = Region::new(ALLOCATOR);
    drop(std::hint::black_box(vec![0u8; 100]));
    let change = region.change();
    assert!(change.allocations >= 1 && change.bytes_allocated >= 100, "the allocator counts");

    let bernoulli = json!({ "hiddenDims": [64], "latentDim": 5 });
    let deep = json!({ "hiddenDims": [40, 33], "activation": "silu" });
    let draws = json!({ "hiddenDims": [40], "estimator": { "type": "reparameterization", "samples": 3 } });
    let learned = json!({ "hiddenDims": [40], "likelihood": { "type": "gaussian", "variance": "learned" } });
    let linear = json!({ "hiddenDims": [], "posterior": "deterministic", "likelihood": "squared-error" });
    for (what, data, settings) in [
        ("bytes", bytes(Binarize::None), bernoulli),
        ("bytes, two layers", bytes(Binarize::None), deep),
        ("bytes, drawn as 0 or 1", bytes(Binarize::Dynamic), draws),
        ("standardized floats", standardized(), learned),
        ("bytes, linear", bytes(Binarize::None), linear),
    ] {
        for threads in [1, 2, 3] {
            let none = (0..3).any(|_| {
                let Stats { allocations, reallocations, deallocations, .. } =
                    allocations(data.clone(), &settings, threads);
                println!("{what}, {threads} threads: {allocations} allocations");
                (allocations, reallocations, deallocations) == (0, 0, 0)
            });
            assert!(none, "{what}, {threads} threads");
        }
    }
}
