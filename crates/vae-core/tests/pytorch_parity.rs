//! Training step by step against PyTorch: the same weights, batches and noise must give the same losses.
//!
//! `__test__/fixtures/make_pytorch_parity.py` wrote the fixtures; its header describes their content. The tests call
//! [`Trainer::update`], as every step of a run does.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use serde_json::{Value, json};
use vae_core::TrainOptions;
use vae_core::data::{Dataset, Transform};
use vae_core::files::training_state::TrainingState;
use vae_core::model::posterior::Family;
use vae_core::model::vae::Vae;
use vae_core::nn::parameters::Slot;
use vae_core::objective::losses::Losses;
use vae_core::objective::weights::Beta;
use vae_core::optim::learning_rate::LearningRate;
use vae_core::train::trainer::Trainer;

use testing::{mnist, options, stored, vector, vectors};

/// Tolerance of the losses of any step, relative to PyTorch's.
const LOSS: f64 = 1e-5;
/// Tolerance of the weights after the last step: a tenth of a step. Adam moves a weight by up to η = 1e-3 per step
/// whatever the size of its gradient, so rounding matters most if a gradient is nearly 0.
const WEIGHT: f64 = 1e-4;

/// One PyTorch training.
struct Fixture {
    bytes: Vec<u8>,
}

impl Fixture {
    fn open(path: &Path) -> Self {
        Self { bytes: std::fs::read(path).unwrap() }
    }

    /// The settings, as training options.
    fn case(&self) -> Value {
        let (_, metadata) = SafeTensors::read_metadata(&self.bytes).unwrap();
        serde_json::from_str(&metadata.metadata().as_ref().unwrap()["case"]).unwrap()
    }

    fn options(&self) -> TrainOptions {
        let case = self.case();
        let is_gaussian = case["posterior"] == "gaussian";
        let estimator = is_gaussian.then(|| json!({ "type": "reparameterization", "samples": case["samples"] }));
        let mut names = vec!["latentDim", "hiddenDims", "activation", "posterior", "likelihood", "beta"];
        names.extend(["learningRate", "batchSize", "adam"]);
        let mut json: Value = names.iter().map(|&name| (name.to_owned(), case[name].clone())).collect();
        json["estimator"] = json!(estimator);
        options(json)
    }

    fn tensors(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).unwrap()
    }

    fn f32s(&self, name: &str) -> Vec<f32> {
        let tensors = self.tensors();
        let view = tensors.tensor(name).unwrap_or_else(|_| panic!("the fixture lacks {name}"));
        assert_eq!(view.dtype(), Dtype::F32);
        view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    }

    /// PyTorch's losses of each step: loss, reconstruction, kl.
    fn losses(&self) -> Vec<[f64; 3]> {
        let tensors = self.tensors();
        let values: Vec<f64> = tensors
            .tensor("losses")
            .unwrap()
            .data()
            .as_chunks::<8>()
            .0
            .iter()
            .map(|b| f64::from_le_bytes(*b))
            .collect();
        values.as_chunks::<3>().0.to_vec()
    }

    /// The rows of each step's batch.
    fn order(&self, batch: usize) -> Vec<Vec<usize>> {
        let tensors = self.tensors();
        let rows = tensors.tensor("order").unwrap();
        let rows: Vec<usize> = rows.data().as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b) as usize).collect();
        rows.chunks(batch).map(<[usize]>::to_vec).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.tensors().tensor(name).is_ok()
    }

    /// θ before the first step.
    fn theta(&self, options: &TrainOptions, input: usize) -> Vec<f32> {
        let (_, layout) = Vae::new(&options.architecture(&vector(input)));
        let values = |slot: &Slot| {
            if self.has(&slot.name) { self.f32s(&slot.name) } else { initial(&slot.name, slot.len()) }
        };
        layout.slots().iter().flat_map(values).collect()
    }

    /// ε of all steps.
    fn noise(&self, case: &TrainOptions, len: usize) -> Vec<f32> {
        let is_deterministic = case.posterior == Family::Deterministic;
        if self.has("epsilon") {
            self.f32s("epsilon")
        } else if is_deterministic {
            vec![0.0; len]
        } else {
            noise(len)
        }
    }

    /// The largest difference of θ from PyTorch's final weights.
    fn deviation(&self, options: &TrainOptions, input: usize, theta: &[f32]) -> f64 {
        let (_, layout) = Vae::new(&options.architecture(&vector(input)));
        let differences = layout.slots().iter().flat_map(|slot| {
            let found = &theta[slot.range()];
            let (expected, every) = if self.has(&format!("final.{}", slot.name)) {
                (self.f32s(&format!("final.{}", slot.name)), 1)
            } else {
                (self.f32s(&format!("sample.{}", slot.name)), 97)
            };
            assert_eq!(expected.len(), found.len().div_ceil(every));
            let found: Vec<f32> = found.iter().step_by(every).copied().collect();
            found.into_iter().zip(expected).map(|(found, expected)| f64::from((found - expected).abs()))
        });
        differences.fold(0.0, f64::max)
    }
}

/// Same as `hashes` in the script: splitmix64, from the FNV-1a of a name.
fn hash(name: &str, i: usize) -> u64 {
    let stream = name.bytes().fold(0x811C_9DC5u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let mut z = (u64::from(stream) << 32).wrapping_add(1 + i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Same as `initial` in the script, without rounding.
fn initial(name: &str, n: usize) -> Vec<f32> {
    (0..n).map(|i| ((hash(name, i) >> 40) as f32 / (1 << 23) as f32 - 1.0) / 32.0).collect()
}

/// Same as `noise` in the script, without rounding.
fn noise(n: usize) -> Vec<f32> {
    let parts = |i: usize| (0..4).map(move |part| (hash("epsilon", i) >> (16 * part) & 0xFFFF) as i32);
    (0..n).map(|i| ((3 * i..3 * i + 3).flat_map(parts).sum::<i32>() - 6 * 65535) as f32 / 65536.0).collect()
}

/// The largest deviations from PyTorch over a whole training.
struct Deviation {
    steps: usize,
    /// Loss, reconstruction and KL of any step, relative.
    loss: f64,
    /// Any weight after the last step, absolute.
    weight: f64,
}

/// Repeats the fixture's training, on the reference path or the fused one.
fn replay(fixture: &Fixture, data: &Dataset, reference: bool) -> Deviation {
    let mut options = fixture.options();
    options.compute.reference = reference;
    let batch = options.batch_size;
    let l = options.estimator.samples();
    let d = options.latent_dim;
    let size = data.shape().size();
    let start = stored(data, &options, fixture.theta(&options, size));
    let mut trainer = Trainer::new(start.metadata.clone(), data.clone(), None, Some(start)).unwrap();
    let transform = Transform::fit(data);
    let mut loss = 0.0f64;
    let order = fixture.order(batch);
    let expected = fixture.losses();
    let noise = fixture.noise(&options, order.len() * batch * l * d);
    for (step, (rows, expected)) in order.iter().zip(&expected).enumerate() {
        let mut x = vec![0.0; batch * size];
        data.gather(rows, &transform, &mut x);
        let epsilon = &noise[step * batch * l * d..][..batch * l * d];
        let Losses { loss: total, reconstruction, kl, .. } = trainer.step_on(&x, epsilon).unwrap();
        for (found, expected) in [total, reconstruction, kl].into_iter().zip(expected) {
            let deviation = if *expected == 0.0 { found.abs() } else { (found / expected - 1.0).abs() };
            loss = loss.max(deviation);
        }
    }
    let weight = fixture.deviation(&options, size, &trainer.theta().unwrap());
    Deviation { steps: expected.len(), loss, weight }
}

fn check(name: &str, Deviation { steps, loss, weight }: &Deviation) {
    println!("{name}: {steps} steps, losses within {loss:.1e}, weights within {weight:.1e}");
    assert!(*loss <= LOSS, "{name}: a loss differs by {loss:e}");
    assert!(*weight <= WEIGHT, "{name}: a weight differs by {weight:e}");
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../__test__/fixtures/pytorch-parity")
}

const REFERENCE: &str = "mnist-784-400-20.safetensors";

#[test]
fn small_models_train_as_in_pytorch() {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| !path.ends_with(REFERENCE));
    paths.sort();
    assert_eq!(paths.len(), 15);
    for path in paths {
        let fixture = Fixture::open(&path);
        let x = fixture.f32s("data");
        let size = x.len() / fixture.case()["examples"].as_u64().unwrap() as usize;
        let name = path.file_stem().unwrap().to_string_lossy();
        let data = vectors(x, size);
        for (reference, engine) in [(false, "fused"), (true, "reference")] {
            check(&format!("{name}, {engine}"), &replay(&fixture, &data, reference));
        }
    }
}

/// Learning rates of PyTorch's schedulers, each stepped after every batch:
///
/// ```python
/// LinearLR(optimizer, start_factor=from_/base, end_factor=to/base, total_iters=epochs * steps_per_epoch)
/// CosineAnnealingLR(optimizer, T_max=epochs * steps_per_epoch, eta_min=to)
/// StepLR(optimizer, step_size=every * steps_per_epoch, gamma=factor)
/// ```
#[test]
fn schedules_give_the_learning_rates_of_pytorch() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../__test__/fixtures/pytorch-schedules.json");
    let fixture: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let steps_per_epoch = fixture["stepsPerEpoch"].as_u64().unwrap();
    for schedule in fixture["schedules"].as_array().unwrap() {
        let rule = options(json!({ "learningRate": schedule["learningRate"] })).learning_rate;
        let expected: Vec<f64> = serde_json::from_value(schedule["rates"].clone()).unwrap();
        let mut state = TrainingState::new(Beta::Constant(1.0), LearningRate::Constant(1.0));
        // A schedule set in the middle of an epoch counts from there.
        for since in [0, 5] {
            state.step = since;
            state.set_learning_rate(rule);
            let found = (since..).map(|step| state.learning_rate_at(step, steps_per_epoch));
            let deviation = found.zip(&expected).map(|(found, &expected)| (found - expected).abs()).fold(0.0, f64::max);
            println!("{} from step {since}: within {deviation:.1e}", schedule["learningRate"]);
            assert!(deviation <= 1e-15, "{}: {deviation:e}", schedule["learningRate"]);
        }
    }
}

/// 784-400-20 with ReLU, bernoulli, Adam 1e-3, batches of 128: 100 steps.
#[test]
fn the_reference_model_trains_on_mnist_as_in_pytorch() {
    let Some((train, _)) = mnist() else { return };
    check("784-400-20 on MNIST", &replay(&Fixture::open(&folder().join(REFERENCE)), &train, false));
}
