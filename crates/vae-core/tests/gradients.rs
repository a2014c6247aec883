//! The gradient of the loss against central differences, in f64, for every likelihood, posterior, β, L, activation and
//! depth, with respect to every single parameter.
//!
//! The tolerance is that of PyTorch's `gradcheck`: |∂ − Δ| ≤ 1e-5 + 1e-3·|Δ|. All numbers follow from fixed keys, so
//! that the test is the same every time; a difference quotient across a kink of ReLU would fail it, and none does.
//!
//! 44,196 partial derivatives are checked, those of 528 models: 4 likelihoods × 2 posteriors × 3 β × 2 L × 11 bodies
//! (5 activations with 1 and with 2 hidden layers, and no hidden layer).
// A helper of tests fails loudly, as the tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use candle_core::{DType, Device, Tensor};
use vae_core::activation::Activation;
use vae_core::elbo::Elbo;
use vae_core::likelihood::{Likelihood, Variance};
use vae_core::network::{Architecture, Network};
use vae_core::parameters::Parameters;
use vae_core::posterior::Family;
use vae_kernels::noise::{Key, Stream, normals, uniforms};

const INPUT: usize = 5;
const LATENT: usize = 2;
const EXAMPLES: usize = 3;
/// The step of a central difference, whose error is of order h² from the curve and 1e-16/h from rounding.
const H: f64 = 1e-5;

/// A model, its batch and its noise.
struct Case {
    network: Network,
    parameters: Parameters,
    x: Tensor,
    epsilon: Tensor,
    beta: f64,
}

impl Case {
    fn new(architecture: &Architecture, beta: f64, samples: usize) -> Self {
        let (network, layout) = Network::new(architecture);
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
            network,
            parameters: Parameters::new(layout, &theta, DType::F64, true).unwrap(),
            x: f64s(x, EXAMPLES, INPUT),
            epsilon: f64s(epsilon, EXAMPLES * samples, LATENT),
            beta,
        }
    }

    fn loss(&self, parameters: &Parameters) -> Tensor {
        Elbo::new(&self.network, parameters, &self.x, &self.epsilon).unwrap().loss(self.beta).unwrap()
    }

    /// ∂loss/∂θ by backpropagation.
    fn gradient(&self) -> Vec<f64> {
        self.loss(&self.parameters).backward().unwrap();
        self.parameters.gradient().unwrap().to_vec1().unwrap()
    }

    /// (loss(θ + h·eᵢ) − loss(θ − h·eᵢ)) / 2h
    fn difference(&self, i: usize) -> f64 {
        let theta = self.parameters.theta().detach();
        let frozen = self.parameters.frozen();
        let value = theta.narrow(0, i, 1).unwrap().copy().unwrap();
        let at = |shift: f64| {
            theta.slice_set(&(&value + shift).unwrap(), 0, i).unwrap();
            self.loss(&frozen).to_scalar::<f64>().unwrap()
        };
        let difference = (at(H) - at(-H)) / (2.0 * H);
        theta.slice_set(&value, 0, i).unwrap();
        difference
    }
}

/// Every activation with one and two hidden layers, and no hidden layer, where there is nothing to activate.
fn bodies() -> Vec<(Vec<usize>, Activation)> {
    let mut bodies = vec![(vec![], Activation::Identity)];
    for (_, activation) in Activation::NAMES {
        bodies.extend([(vec![4], activation), (vec![4, 3], activation)]);
    }
    bodies
}

#[test]
fn gradients_equal_central_differences() {
    let likelihoods = [
        Likelihood::Bernoulli,
        Likelihood::SquaredError,
        Likelihood::Gaussian(Variance::Fixed(0.3)),
        Likelihood::Gaussian(Variance::Learned),
    ];
    let (mut models, mut checked, mut largest) = (0, 0, 0.0f64);
    for likelihood in likelihoods {
        for (_, posterior) in Family::NAMES {
            for (hidden, activation) in bodies() {
                let architecture =
                    Architecture { input: INPUT, hidden, latent: LATENT, activation, posterior, likelihood };
                for (beta, samples) in [(0.0, 1), (1.0, 1), (4.0, 1), (0.0, 3), (1.0, 3), (4.0, 3)] {
                    let case = Case::new(&architecture, beta, samples);
                    for (i, gradient) in case.gradient().into_iter().enumerate() {
                        let difference = case.difference(i);
                        let error = (gradient - difference).abs();
                        assert!(
                            error <= 1e-5 + 1e-3 * difference.abs(),
                            "{architecture:?}, β {beta}, L {samples}: ∂/∂θ[{i}] is {gradient}, by differences {difference}"
                        );
                        largest = largest.max(error / (1e-5 + difference.abs()));
                        checked += 1;
                    }
                    models += 1;
                }
            }
        }
    }
    println!("{checked} partial derivatives of {models} models; the largest relative deviation is {largest:.1e}");
    assert_eq!((models, checked), (528, 44_196));
}
