//! Results of the fused path do not depend on compute settings: θ, both moments and every loss after some steps, and
//! every evaluation, are bit-identical on 1, 2, 3 and 8 threads, at every SIMD level of this CPU, with zeros omitted or
//! not, and in a run that continues from a file with other settings.
//!
//! (The kernels' own tests check the bits themselves.)
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used)]
mod testing;

use std::sync::Arc;

use serde_json::{Value, json};
use vae_core::base::threads::Threads;
use vae_core::data::digits::digits;
use vae_core::data::{Binarize, Dataset, Preprocessing, Scale, Shape};
use vae_core::engine::device::Kernels;
use vae_core::engine::forward::Forward;
use vae_core::files::metadata::ModelMetadata;
use vae_core::files::model_file::{self, StoredModel};
use vae_core::model::vae::Vae;
use vae_core::options::compute::Sparsity;
use vae_core::train::trainer::Trainer;
use vae_core::{Compute, TrainOptions};
use vae_kernels::Isa;
use vae_kernels::noise::{Key, Stream, fill_normals};

use testing::options;

/// Compute settings.
#[derive(Debug, Clone, Copy)]
struct Way {
    isa: Isa,
    threads: usize,
    sparsity: Sparsity,
}

impl Way {
    /// All settings; the first is the reference. The scalar level is a few hundred times slower than the others.
    fn all(with_scalar: bool) -> Vec<Self> {
        let levels: Vec<Isa> = Isa::available().filter(|&isa| isa != Isa::Scalar).collect();
        let mut ways = Vec::new();
        for isa in levels {
            for threads in [1, 2, 3, 8] {
                ways.extend([Sparsity::On, Sparsity::Off].map(|sparsity| Self { isa, threads, sparsity }));
            }
        }
        if with_scalar || ways.is_empty() {
            ways.push(Self { isa: Isa::Scalar, threads: 2, sparsity: Sparsity::On });
            ways.push(Self { isa: Isa::Scalar, threads: 1, sparsity: Sparsity::Off });
        }
        ways
    }

    fn compute(self) -> Compute {
        Compute { isa: Some(self.isa), sparsity: self.sparsity, ..Compute::default() }
    }

    fn options(self, options: &TrainOptions) -> TrainOptions {
        TrainOptions { compute: self.compute(), threads: Some(self.threads), ..options.clone() }
    }
}

/// Data, options and number of steps of a training.
struct Case {
    data: Dataset,
    options: TrainOptions,
    steps: u64,
    /// Set if small enough for the scalar level.
    small: bool,
}

/// Digits in bytes.
fn bytes(n: usize, binarize: Binarize) -> Dataset {
    let (pixels, labels) = digits(n, 1);
    let preprocessing = Preprocessing { binarize, ..Preprocessing::default() };
    Dataset::from_u8(pixels, Shape::new(vec![28, 28]).unwrap(), Some(labels), &preprocessing).unwrap()
}

/// Vectors of an odd size, standardized, with some constant columns, which become 0.
fn columns(n: usize, size: usize) -> Dataset {
    let mut values = vec![0.0; n * size];
    fill_normals(Key::new(1, Stream::Digits), 0, 0, size, &mut values);
    values.chunks_exact_mut(size).for_each(|row| row.iter_mut().skip(2).step_by(5).for_each(|x| *x = 0.0));
    let preprocessing = Preprocessing { scale: Some(Scale::Standardize), ..Preprocessing::default() };
    Dataset::from_f32(values, Shape::new(vec![size]).unwrap(), None, &preprocessing).unwrap()
}

fn cases() -> Vec<Case> {
    let case = |data: Dataset, steps, small, settings: Value| Case { data, options: options(settings), steps, small };
    let draws = |samples: u64| json!({ "type": "reparameterization", "samples": samples });
    let learned = json!({ "type": "gaussian", "variance": "learned" });
    vec![
        // The reference model, across the end of an epoch with 44 examples.
        case(bytes(300, Binarize::None), 5, false, json!({ "latentDim": 20 })),
        case(bytes(200, Binarize::None), 3, false, json!({ "hiddenDims": [512, 256], "latentDim": 2, "beta": 5 })),
        case(
            bytes(150, Binarize::Dynamic),
            4,
            false,
            json!({ "hiddenDims": [100, 33], "latentDim": 7, "batchSize": 64, "activation": "silu", "estimator": draws(3) }),
        ),
        case(bytes(70, Binarize::None), 6, true, json!({ "hiddenDims": [], "latentDim": 3, "batchSize": 33 })),
        case(
            columns(50, 21),
            8,
            true,
            json!({
                "hiddenDims": [17, 31, 9], "latentDim": 5, "batchSize": 19, "activation": "tanh", "likelihood": learned,
                "estimator": draws(2),
            }),
        ),
        case(
            columns(40, 33),
            6,
            true,
            json!({ "hiddenDims": [40], "latentDim": 2, "batchSize": 17, "activation": "softplus", "likelihood": "gaussian" }),
        ),
        case(
            bytes(40, Binarize::Threshold),
            6,
            true,
            json!({ "hiddenDims": [13], "posterior": "deterministic", "likelihood": "squared-error", "batchSize": 32 }),
        ),
    ]
}

fn trainer(case: &Case, way: Way, from: Option<StoredModel>) -> Trainer {
    let options = way.options(&case.options);
    let trainer = Trainer::new(ModelMetadata::new(&case.data, &options), case.data.clone(), None, from).unwrap();
    assert_eq!((trainer.engine().path, trainer.engine().threads), (Ok(Kernels::Simd(way.isa)), way.threads));
    trainer
}

/// The bits of θ, m, v, and all losses.
#[derive(PartialEq)]
struct Outcome {
    numbers: Vec<u32>,
    losses: Vec<[u64; 2]>,
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

impl Outcome {
    fn from_trainer(trainer: &Trainer, losses: Vec<[u64; 2]>) -> Self {
        let StoredModel { theta, training, .. } = trainer.checkpoint().unwrap();
        let training = training.unwrap();
        Self { numbers: bits(&[theta, training.m, training.v].concat()), losses }
    }
}

fn step(trainer: &mut Trainer) -> [u64; 2] {
    let losses = trainer.step().unwrap().0;
    [losses.reconstruction.to_bits(), losses.kl.to_bits()]
}

/// Trains the case with these settings.
fn train(case: &Case, way: Way) -> Outcome {
    let mut trainer = trainer(case, way, None);
    let losses = (0..case.steps).map(|_| step(&mut trainer)).collect();
    Outcome::from_trainer(&trainer, losses)
}

#[test]
fn training_gives_the_same_bits_in_every_way() {
    for (number, case) in cases().iter().enumerate() {
        let ways = Way::all(case.small);
        let expected = train(case, ways[0]);
        for way in &ways[1..] {
            assert!(train(case, *way) == expected, "case {number}: {way:?} differs from {:?}", ways[0]);
        }
    }
}

/// After every step the trainer is stored in a file and continues from it with other settings.
#[test]
fn going_on_from_a_file_in_another_way_changes_no_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    for (number, case) in cases().iter().enumerate() {
        let ways = Way::all(case.small);
        let expected = train(case, ways[0]);
        let mut pieces = trainer(case, ways[0], None);
        let mut losses = Vec::new();
        for number in 0..case.steps as usize {
            losses.push(step(&mut pieces));
            model_file::write(&path, &pieces.checkpoint().unwrap()).unwrap();
            let way = ways[(number + 1) * 7 % ways.len()]; // another one each time
            pieces = trainer(case, way, Some(model_file::read(&path).unwrap()));
        }
        assert!(Outcome::from_trainer(&pieces, losses) == expected, "case {number}");
    }
}

#[test]
fn evaluation_gives_the_same_bits_in_every_way() {
    for (number, case) in cases().iter().enumerate() {
        let options = &case.options;
        let (network, layout) = Vae::new(&options.architecture(case.data.shape()));
        let theta = options.initialization.draw(&layout, 3);
        let x = case.data.to_f32(&ModelMetadata::new(&case.data, options).transform);
        let rows = case.data.len() * options.estimator.samples();
        let d = options.latent_dim;
        let mut epsilon = vec![0.0; rows * d];
        fill_normals(Key::new(1, Stream::Posterior), 0, 0, d, &mut epsilon);
        let evaluate = |way: Way| {
            let threads = Arc::new(Threads::new(Some(way.threads)));
            let forward = Forward::new(&network, &layout, &theta, &threads, way.compute()).unwrap();
            let encoding = forward.encode(&x, None).unwrap();
            let z = encoding.sample(&epsilon, d);
            let out = forward.decode(&z, None).unwrap();
            let terms: Vec<u64> = forward.reconstruction(&z, &x, None).unwrap().into_iter().map(f64::to_bits).collect();
            (bits(&encoding.mean()), encoding.s.map(|s| bits(&s)), bits(&out), terms)
        };
        let ways = Way::all(case.small);
        let expected = evaluate(ways[0]);
        for way in &ways[1..] {
            assert!(evaluate(*way) == expected, "case {number}: {way:?} differs from {:?}", ways[0]);
        }
    }
}
