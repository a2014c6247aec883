//! Evaluation on slices against the bound on tensors, in f64, for every likelihood, posterior, L and depth.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use std::sync::Arc;

use candle_core::{DType, Device, Tensor};
use serde_json::{Value, json};
use vae_core::base::threads::Threads;
use vae_core::engine::forward::Forward;
use vae_core::model::pass::{Batch, Pass, Surroundings};
use vae_core::model::posterior::Posterior;
use vae_core::model::vae::Vae;
use vae_core::nn::parameters::Vars;
use vae_core::objective::Terms;
use vae_core::objective::estimator::Estimator;
use vae_core::objective::losses::Losses;
use vae_core::objective::weights::Weights;
use vae_core::{CancelToken, Compute, TrainOptions};
use vae_kernels::noise::{Key, Stream, fill_noise, normals, uniforms};

use testing::{model, options, vector, vectors};

const INPUT: usize = 6;
const LATENT: usize = 3;
/// More than the rows of one forward pass, and not a multiple of them.
const EXAMPLES: usize = 1300;
const SEED: u64 = 11;
const BETA: f64 = 2.0;

/// A model, its examples and its noise.
struct Case {
    options: TrainOptions,
    theta: Vec<f32>,
    x: Vec<f32>,
    epsilon: Vec<f32>,
}

impl Case {
    fn new(settings: Value, samples: usize) -> Self {
        let options = options(settings);
        let (_, layout) = Vae::new(&options.architecture(&vector(INPUT)));
        let mut theta = vec![0.0; layout.len()];
        normals(Key::new(1, Stream::Initialization), 0, 0, &mut theta);
        theta.iter_mut().for_each(|value| *value *= 0.5);
        let mut x = vec![0.0; EXAMPLES * INPUT];
        uniforms(Key::new(1, Stream::Digits), 0, 0, &mut x);
        let mut epsilon = vec![0.0; EXAMPLES * samples * LATENT];
        for (row, epsilon) in epsilon.chunks_exact_mut(LATENT).enumerate() {
            let key = Key::new(SEED, Stream::Validation);
            let family = options.posterior.noise();
            fill_noise(family, key, (row / samples) as u64, (row % samples) as u32, LATENT, epsilon);
        }
        Self { options, theta, x, epsilon }
    }

    /// On f32 slices.
    fn forward(&self) -> Forward {
        let (model, layout) = Vae::new(&self.options.architecture(&vector(INPUT)));
        Forward::new(&model, &layout, &self.theta, &Arc::new(Threads::new(None)), Compute::default()).unwrap()
    }

    /// On f64 tensors.
    fn reference(&self) -> Reference {
        let (model, layout) = Vae::new(&self.options.architecture(&vector(INPUT)));
        let vars = Vars::new(&layout, &self.theta, DType::F64, &Device::Cpu).unwrap();
        let batch = Batch::new(f64s(&self.x, INPUT));
        let epsilon = f64s(&self.epsilon, LATENT);
        let second_batch = || candle_core::bail!("there is one batch only");
        let surroundings = Surroundings { population: EXAMPLES, second_batch: &second_batch };
        let pass = Pass::new(&model, &vars, &batch, &epsilon, false, &surroundings).unwrap();
        let terms = Estimator::default().objective().terms(&pass, Weights::new(BETA), None).unwrap();
        let kl = pass.kl().unwrap().per_dimension().unwrap().clone();
        let posterior = pass.q.clone();
        let z = pass.z.clone();
        let reconstruction = pass.reconstruction.clone();
        Reference { posterior, z, reconstruction, kl, terms }
    }
}

/// A pass on f64 tensors.
struct Reference {
    posterior: Posterior,
    z: Tensor,
    reconstruction: Tensor,
    kl: Tensor,
    terms: Terms,
}

/// A matrix of `columns` columns.
fn f64s(values: &[f32], columns: usize) -> Tensor {
    let shape = (values.len() / columns, columns);
    Tensor::from_slice(values, shape, &Device::Cpu).unwrap().to_dtype(DType::F64).unwrap()
}

fn numbers(tensor: &Tensor) -> Vec<f64> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

#[track_caller]
fn near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let error = (found - expected).abs();
        assert!(error <= 1e-5 * expected.abs().max(1.0), "found {found}, expected {expected}");
    }
}

/// Every likelihood, posterior and depth that evaluation supports.
fn settings() -> Vec<Value> {
    let gaussian = |variance: Value| json!({ "type": "gaussian", "variance": variance });
    let mut settings = Vec::new();
    for likelihood in [json!("bernoulli"), json!("squared-error"), gaussian(json!(0.3)), gaussian(json!("learned"))] {
        for posterior in ["gaussian", "laplace", "uniform", "deterministic"] {
            for hidden in [vec![], vec![5], vec![5, 4]] {
                settings.push(json!({
                    "likelihood": likelihood, "posterior": posterior, "hiddenDims": hidden, "latentDim": LATENT,
                    "beta": BETA,
                }));
            }
        }
    }
    settings
}

#[test]
fn the_terms_on_slices_are_those_on_tensors() {
    for settings in settings() {
        for samples in [1, 3] {
            println!("{settings}, L {samples}");
            let case = Case::new(settings.clone(), samples);
            let (forward, reference) = (case.forward(), case.reference());
            let encoding = forward.encode(&case.x, None).unwrap();
            let wide = |values: &[f32]| -> Vec<f64> { values.iter().map(|&value| f64::from(value)).collect() };
            near(&wide(&encoding.h), &numbers(&reference.posterior.h));
            assert_eq!(encoding.s.is_some(), reference.posterior.s.is_some());
            if let (Some(s), Some(expected)) = (&encoding.s, &reference.posterior.s) {
                near(&wide(s), &numbers(expected));
            }
            near(&encoding.kl(), &numbers(&reference.kl));
            let z = encoding.sample(&case.epsilon, LATENT);
            near(&wide(&z), &numbers(&reference.z));
            near(&forward.reconstruction(&z, &case.x, None).unwrap(), &numbers(&reference.reconstruction));
        }
    }
}

#[test]
fn an_evaluation_is_the_mean_of_the_bound() {
    for settings in settings() {
        for samples in [1, 3] {
            println!("{settings}, L {samples}");
            let case = Case::new(settings.clone(), samples);
            let reference = case.reference();
            let data = vectors(case.x.clone(), INPUT);
            let vae = model(&data, &case.options, case.theta.clone());
            let evaluation = vae.evaluate(&data, Some(samples), Some(SEED), &CancelToken::new()).unwrap();
            let Losses { loss, elbo, reconstruction, kl, .. } = reference.terms.sums.losses(Weights::new(BETA));
            let found = evaluation.losses;
            near(&[found.loss, found.elbo, found.reconstruction, found.kl], &[loss, elbo, reconstruction, kl]);
            near(&[found.loss], &[reference.terms.surrogate.to_scalar().unwrap()]);
            near(&evaluation.kl_per_dimension, &numbers(&reference.kl.mean(0).unwrap()));
        }
    }
}
