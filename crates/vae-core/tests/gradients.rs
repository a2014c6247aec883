//! The gradient of the loss against central differences, in f64, for every likelihood, posterior, β, L, activation and
//! depth, with respect to every single parameter.
//!
//! The tolerance is PyTorch's in `gradcheck`: |∂ − Δ| ≤ 1e-5 + 1e-3·|Δ|. All numbers follow from fixed keys, so the
//! test is deterministic; a difference quotient across a kink of ReLU would fail it, and none does.
//!
//! The whole grid has 80,774 partial derivatives of 1016 models: 4 likelihoods × 6 ways of β, L and the KL × 40 pairs
//! of a latent space (4 families, with the standard prior and another) and a body (5 activations with 1 and with 2
//! hidden layers, and no hidden layer), and the slip in the KL with the 14 pairs of the gaussian. It is checked with
//! `VAE_NATIVE_CHECK=all`, as in `.ci/run`. Otherwise a sixth of it is checked: every likelihood with every pair, every
//! pair with four of the six ways, every way with every likelihood, and every pair of the gaussian with the slip.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use candle_core::{DType, Device, Tensor};
use vae_core::model::architecture::Architecture;
use vae_core::model::likelihood::{Likelihood, Variance};
use vae_core::model::posterior::LocationScale;
use vae_core::model::posterior::{Family, LatentSpace};
use vae_core::model::vae::Vae;
use vae_core::nn::activation::Activation;
use vae_core::nn::parameters::{Layout, Vars};
use vae_core::objective::estimator::{Estimator, Kl};
use vae_core::objective::weights::Weights;
use vae_kernels::noise::{Key, Stream, normals, uniforms};

use testing::{terms, vector};

const INPUT: usize = 5;
const LATENT: usize = 2;
const EXAMPLES: usize = 3;
/// The step of a central difference, whose error is of order h² from curvature and 1e-16/h from rounding.
const H: f64 = 1e-5;

/// A model, its batch and its noise.
struct Case {
    model: Vae,
    layout: Layout,
    theta: Vec<f32>,
    x: Tensor,
    epsilon: Tensor,
    beta: f64,
    estimator: Estimator,
}

impl Case {
    fn new(architecture: &Architecture, beta: f64, estimator: Estimator) -> Self {
        let samples = estimator.samples();
        let (model, layout) = Vae::new(architecture);
        let mut theta = vec![0.0; layout.len()];
        normals(Key::new(1, Stream::Initialization), 0, 0, &mut theta);
        theta.iter_mut().for_each(|value| *value *= 0.5);
        let mut x = vec![0.0; EXAMPLES * INPUT];
        uniforms(Key::new(1, Stream::Digits), 0, 0, &mut x);
        let mut epsilon = vec![0.0; EXAMPLES * samples * LATENT];
        normals(Key::new(1, Stream::Noise), 0, 0, &mut epsilon);
        let f64s = |values, rows, columns| {
            Tensor::from_vec(values, (rows, columns), &Device::Cpu).unwrap().to_dtype(DType::F64).unwrap()
        };
        Self {
            model,
            layout,
            theta,
            x: f64s(x, EXAMPLES, INPUT),
            epsilon: f64s(epsilon, EXAMPLES * samples, LATENT),
            beta,
            estimator,
        }
    }

    fn vars(&self) -> Vars {
        Vars::new(&self.layout, &self.theta, DType::F64, &Device::Cpu).unwrap()
    }

    fn loss(&self, vars: &Vars) -> Tensor {
        terms(&self.model, vars, (&self.x, &self.epsilon), self.estimator, Weights::new(self.beta)).surrogate
    }

    /// ∂loss/∂θ by backpropagation.
    fn gradient(&self) -> Vec<f64> {
        let vars = self.vars();
        vars.gradient(&self.loss(&vars).backward().unwrap()).unwrap().to_vec1().unwrap()
    }

    /// (loss(θ + h·eᵢ) − loss(θ − h·eᵢ)) / 2h for every i.
    fn differences(&self) -> Vec<f64> {
        let vars = self.vars().detached();
        let of_slot = |slot: usize| {
            let leaf = vars.get(slot).clone();
            let values: Vec<f64> = leaf.flatten_all().unwrap().to_vec1().unwrap();
            let vars = vars.clone();
            (0..values.len())
                .map(move |i| {
                    let at = |shift: f64| {
                        let mut shifted = values.clone();
                        shifted[i] += shift;
                        leaf.slice_set(&Tensor::from_vec(shifted, leaf.shape(), &Device::Cpu).unwrap(), 0, 0).unwrap();
                        self.loss(&vars).to_scalar::<f64>().unwrap()
                    };
                    let difference = (at(H) - at(-H)) / (2.0 * H);
                    at(0.0);
                    difference
                })
                .collect::<Vec<_>>()
        };
        (0..self.layout.slots().len()).flat_map(of_slot).collect()
    }
}

/// Every activation with one and two hidden layers, and no hidden layer without an activation; only a few of them for
/// the less usual posteriors.
fn bodies(posterior: LatentSpace) -> Vec<(Vec<usize>, Activation)> {
    let mut bodies = vec![(vec![], Activation::Identity)];
    if posterior.prior != LocationScale::default() || matches!(posterior.family, Family::Laplace | Family::Uniform) {
        bodies.extend([(vec![4], Activation::Relu), (vec![4, 3], Activation::Tanh)]);
        return bodies;
    }
    for (_, activation) in Activation::NAMES {
        bodies.extend([(vec![4], activation), (vec![4, 3], activation)]);
    }
    bodies
}

/// Every family with its standard prior, and with a shifted and scaled one.
fn spaces() -> Vec<LatentSpace> {
    let priors = [LocationScale::default(), LocationScale { location: -0.3, scale: 1.6 }];
    let with_priors = |(_, family)| priors.map(|prior| LatentSpace { family, prior });
    Family::NAMES.into_iter().flat_map(with_priors).collect()
}

/// β, L, and the source of the KL.
const ESTIMATES: [(f64, usize, Kl); 7] = [
    (0.0, 1, Kl::Analytic),
    (1.0, 1, Kl::Analytic),
    (4.0, 3, Kl::Analytic),
    (0.0, 3, Kl::MonteCarlo),
    (1.0, 1, Kl::MonteCarlo),
    (4.0, 3, Kl::MonteCarlo),
    (4.0, 3, Kl::KerasSlip),
];

const LIKELIHOODS: [Likelihood; 4] = [
    Likelihood::Bernoulli,
    Likelihood::SquaredError,
    Likelihood::Gaussian(Variance::Fixed(0.3)),
    Likelihood::Gaussian(Variance::Learned),
];

/// True if this model is in the sample: one way for each likelihood and pair, the next way for the next of either; for
/// the slip, one likelihood per pair.
fn is_sampled(likelihood: usize, pair: usize, way: usize) -> bool {
    let (ordinary, slip) = (ESTIMATES.len() - 1, ESTIMATES.len() - 1);
    if way == slip { pair % LIKELIHOODS.len() == likelihood } else { (likelihood + pair) % ordinary == way }
}

/// Number of models and derivatives checked, and the largest relative deviation.
type Checked = (usize, usize, f64);

fn check(case: &Case, what: &str) -> Checked {
    let mut checked = 0;
    let mut largest = 0.0f64;
    for (i, (gradient, difference)) in case.gradient().into_iter().zip(case.differences()).enumerate() {
        let error = (gradient - difference).abs();
        assert!(
            error <= 1e-5 + 1e-3 * difference.abs(),
            "{what}: ∂/∂θ[{i}] is {gradient}, by differences {difference}"
        );
        largest = largest.max(error / (1e-5 + difference.abs()));
        checked += 1;
    }
    (1, checked, largest)
}

/// Checks all models of a likelihood, or the sample of them.
fn check_likelihood(number: usize, all: bool) -> Checked {
    let likelihood = LIKELIHOODS[number];
    let pairs =
        spaces().into_iter().flat_map(|posterior| bodies(posterior).into_iter().map(move |body| (posterior, body)));
    let mut found = (0, 0, 0.0f64);
    for (pair, (posterior, (hidden, activation))) in pairs.enumerate() {
        let standard = Architecture::new(vector(INPUT), LATENT);
        let architecture = Architecture { hidden, activation, posterior, likelihood, ..standard };
        for (way, (beta, samples, kl)) in ESTIMATES.into_iter().enumerate() {
            let is_possible = kl != Kl::KerasSlip || posterior.family == Family::Gaussian;
            if is_possible && (all || is_sampled(number, pair, way)) {
                let case = Case::new(&architecture, beta, Estimator::Reparameterization { samples, kl });
                let (models, checked, largest) =
                    check(&case, &format!("{architecture:?}, β {beta}, L {samples}, {kl:?}"));
                found = (found.0 + models, found.1 + checked, found.2.max(largest));
            }
        }
    }
    found
}

#[test]
fn gradients_equal_central_differences() {
    let all = testing::checks_all();
    let found: Vec<Checked> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..LIKELIHOODS.len()).map(|number| scope.spawn(move || check_likelihood(number, all))).collect();
        threads.into_iter().map(|thread| thread.join().expect("what it printed")).collect()
    });
    let sum = |of: fn(&Checked) -> usize| found.iter().map(of).sum::<usize>();
    let (models, checked) = (sum(|found| found.0), sum(|found| found.1));
    let largest = found.iter().map(|found| found.2).fold(0.0, f64::max);
    println!("{checked} partial derivatives of {models} models; the largest relative deviation is {largest:.1e}");
    assert_eq!((models, checked), if all { (1016, 80_774) } else { (174, 13_861) });
}
