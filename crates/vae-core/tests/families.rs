//! The families of the posterior and the estimators of the gradient: closed forms against a million draws, and the
//! means of the estimators' gradients against each other.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use candle_core::{DType, Device, Tensor};
use serde_json::json;
use vae_core::CancelToken;
use vae_core::model::architecture::Architecture;
use vae_core::model::posterior::LocationScale;
use vae_core::model::posterior::{Encoding, Family, LatentSpace, RawScale};
use vae_core::model::vae::Vae;
use vae_core::nn::activation::Activation;
use vae_core::nn::parameters::{Layout, Vars};
use vae_core::objective::estimator::{Estimator, Kl};
use vae_core::objective::weights::Weights;
use vae_kernels::noise::{Key, Stream, fill_noise, normals, uniforms};

use testing::{model, options, terms, vector, vectors};

const DRAWS: usize = 1_000_000;
const WITH_DENSITY: [Family; 3] = [Family::Gaussian, Family::Laplace, Family::Uniform];

fn noise(family: Family, step: u64, count: usize) -> Vec<f32> {
    let mut epsilon = vec![0.0; count];
    fill_noise(family.noise(), Key::new(3, Stream::Posterior), step, 0, 1, &mut epsilon);
    epsilon
}

/// The mean and its standard error.
fn mean_of(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// A moment's name, its value, and the function whose mean it is.
type Moment = (&'static str, f64, fn(f64) -> f64);

#[test]
fn noise_has_the_moments_of_its_family() {
    // E|ε|, E[ε²], E[ε⁴] of the standard members.
    let moments = [(0.797_884_6, 1.0, 3.0), (1.0, 2.0, 24.0), (0.5, 1.0 / 3.0, 0.2)];
    for (family, (first, second, fourth)) in WITH_DENSITY.into_iter().zip(moments) {
        let epsilon = noise(family, 1, DRAWS);
        let all = epsilon.iter().map(|&e| f64::from(e));
        let expected: [Moment; 4] =
            [("ε", 0.0, |e| e), ("|ε|", first, f64::abs), ("ε²", second, |e| e * e), ("ε⁴", fourth, |e| e.powi(4))];
        for (what, expected, of) in expected {
            let (mean, error) = mean_of(all.clone().map(of));
            assert!((mean - expected).abs() < 4.0 * error, "{family:?}: E[{what}] is {mean} ± {error}, not {expected}");
        }
    }
}

/// The KL in its closed form against ln q − ln p of a million draws.
#[test]
fn closed_forms_are_the_means_of_draws() {
    for (step, family) in (2..).zip(WITH_DENSITY) {
        let epsilon = noise(family, step, DRAWS);
        for (h, s) in [(0.0, 0.0), (0.7, -1.0), (-2.0, 0.3), (0.0, -3.0), (3.0, -0.5), (1e-3, 1e-3)] {
            let latent = LatentSpace { family, prior: LocationScale { location: 5.0, scale: 0.1 } };
            let encoding = Encoding { latent, h: vec![h], s: Some(vec![s]) };
            let (mean, error) = mean_of(epsilon.iter().map(|&e| -encoding.log_ratio(0, &[e])));
            let kl = encoding.kl()[0];
            println!("{family:?}({h}, {s}): KL {kl:.6}, by draws {mean:.6} ± {error:.6}");
            assert!((kl - mean).abs() <= 4.0 * error + 1e-6, "{family:?}({h}, {s}): {kl} is not {mean} ± {error}");
        }
    }
}

/// SCIENCE's closed forms, in the usual parameters.
#[test]
fn the_closed_forms_are_the_known_ones() {
    let kl = |family, h: f32, s: f32| {
        let latent = LatentSpace { family, prior: LocationScale::default() };
        Encoding { latent, h: vec![h], s: Some(vec![s]) }.kl()[0]
    };
    for (mean, b) in [(0.0f64, 1.0f64), (0.5, 0.2), (-3.0, 2.0), (1.0, 1.0)] {
        let expected = -b.ln() + mean.abs() + b * (-mean.abs() / b).exp() - 1.0;
        assert!((kl(Family::Laplace, mean as f32, b.ln() as f32) - expected).abs() < 1e-6, "Laplace({mean}, {b})");
    }
    for s in [-3.0f32, 0.0, 2.0] {
        let latent = LatentSpace { family: Family::Uniform, prior: LocationScale { location: 1.0, scale: 3.0 } };
        let encoding = Encoding { latent, h: vec![0.8], s: Some(vec![s]) };
        let RawScale::Interval(low, high) = encoding.raw_scale() else { panic!("an interval") };
        let (low, high) = (f64::from(low[0]), f64::from(high[0]));
        assert!(-2.0 <= low && low < high && high <= 4.0, "[{low}, {high}] lies in the prior's");
        assert!((encoding.kl()[0] - (6.0 / (high - low)).ln()).abs() < 1e-5);
        assert!((f64::from(encoding.mean()[0]) - (low + high) / 2.0).abs() < 1e-5);
    }
}

const INPUT: usize = 4;
const LATENT: usize = 2;
const EXAMPLES: usize = 3;

/// A small network whose gradient is estimated repeatedly from fresh noise.
struct Small {
    model: Vae,
    layout: Layout,
    theta: Vec<f32>,
    x: Tensor,
    family: Family,
}

impl Small {
    fn new(family: Family) -> Self {
        let (model, layout) = Vae::new(&Architecture {
            hidden: vec![3],
            activation: Activation::Tanh,
            posterior: LatentSpace { family, prior: LocationScale { location: 0.2, scale: 1.3 } },
            ..Architecture::new(vector(INPUT), LATENT)
        });
        let mut theta = vec![0.0; layout.len()];
        normals(Key::new(2, Stream::Initialization), 0, 0, &mut theta);
        let mut x = vec![0.0; EXAMPLES * INPUT];
        uniforms(Key::new(2, Stream::Digits), 0, 0, &mut x);
        let x = Tensor::from_vec(x, (EXAMPLES, INPUT), &Device::Cpu).unwrap().to_dtype(DType::F64).unwrap();
        Self { model, layout, theta, x, family }
    }

    fn gradient(&self, estimator: Estimator, step: u64) -> Vec<f64> {
        let rows = EXAMPLES * estimator.samples();
        let mut epsilon = vec![0.0; rows * LATENT];
        fill_noise(self.family.noise(), Key::new(7, Stream::Noise), step, 0, LATENT, &mut epsilon);
        let epsilon = Tensor::from_vec(epsilon, (rows, LATENT), &Device::Cpu).unwrap().to_dtype(DType::F64).unwrap();
        let vars = Vars::new(&self.layout, &self.theta, DType::F64, &Device::Cpu).unwrap();
        let terms = terms(&self.model, &vars, (&self.x, &epsilon), estimator, Weights::new(1.7));
        vars.gradient(&terms.surrogate.backward().unwrap()).unwrap().to_vec1().unwrap()
    }

    /// The mean of `estimates` estimates of each partial derivative, with its standard error.
    fn mean_gradient(&self, estimator: Estimator, estimates: u64) -> Vec<(f64, f64)> {
        let all: Vec<Vec<f64>> = (0..estimates).map(|step| self.gradient(estimator, step)).collect();
        (0..all[0].len()).map(|i| mean_of(all.iter().map(move |gradient| gradient[i]))).collect()
    }
}

/// Asserts that two estimators have the same mean: each partial derivative within 4.5 standard errors.
fn assert_same_mean(found: &[(f64, f64)], expected: &[(f64, f64)], what: &str) {
    let deviations = found.iter().zip(expected).map(|(found, expected)| {
        let error = found.1.hypot(expected.1);
        (found.0 - expected.0).abs() / error.max(1e-12)
    });
    let largest = deviations.fold(0.0, f64::max);
    println!("{what}: {} partial derivatives, the furthest {largest:.1} standard errors off", found.len());
    assert!(largest < 4.5, "{what}: {largest} standard errors off");
}

fn total_variance(gradient: &[(f64, f64)]) -> f64 {
    gradient.iter().map(|(_, error)| error * error).sum()
}

/// Equations 9 and 11 estimate the same gradient.
#[test]
fn both_ways_to_the_kl_agree_in_expectation() {
    for family in WITH_DENSITY {
        let small = Small::new(family);
        let estimator = |kl| Estimator::Reparameterization { samples: 50, kl };
        let [analytic, drawn] = [Kl::Analytic, Kl::MonteCarlo].map(|kl| small.mean_gradient(estimator(kl), 400));
        assert_same_mean(&drawn, &analytic, &format!("{family:?}"));
    }
}

/// The score function is unbiased, with a larger variance, which a baseline reduces.
#[test]
fn the_score_function_is_unbiased() {
    for family in [WITH_DENSITY[0], WITH_DENSITY[1]] {
        let small = Small::new(family);
        let reference = small.mean_gradient(Estimator::Reparameterization { samples: 50, kl: Kl::Analytic }, 400);
        let mut variances = vec![total_variance(&reference)];
        for baseline in [true, false] {
            let score = small.mean_gradient(Estimator::ScoreFunction { samples: 50, baseline }, 1500);
            assert_same_mean(&score, &reference, &format!("{family:?}, baseline {baseline}"));
            variances.push(total_variance(&score) * 1500.0 / 400.0);
        }
        println!("{family:?}: variance of the estimates, by reparameterisation 1, {variances:?}");
        assert!(variances.is_sorted(), "{variances:?}");
        // With one draw the baseline is taken from the other examples.
        let single = small.mean_gradient(Estimator::ScoreFunction { samples: 1, baseline: true }, 40_000);
        assert_same_mean(&single, &reference, &format!("{family:?}, one draw"));
    }
}

/// A linear encoder of x = ±1 with h = w·x, w one of three numbers, so that Var_x(h) = w². The mean of q(z|x) is scale·h, or
/// (1 − w)·scale·tanh h with w = ½ for a uniform; a dimension is active from w = 0.1·√(Var(u)) on, u the standard member:
/// 0.1, 0.1·√2, and artanh(0.2/√3) = 0.1160.
#[test]
fn active_units_are_counted_in_units_of_the_prior() {
    let data = vectors(vec![-1.0, 1.0, -1.0, 1.0], 1);
    let all = [
        ("gaussian", [0.099, 0.101, 3.0]),
        ("laplace", [0.141, 0.142, 3.0]),
        ("uniform", [0.115, 0.117, 3.0]),
        ("deterministic", [0.099, 0.101, 3.0]),
    ];
    for (family, w) in all {
        let priors = [(0.0, 1.0), (0.0, 10.0), (0.0, 0.1), (-70.0, 10.0), (1.0, 0.1)];
        for (location, scale) in priors {
            let prior = match family {
                "deterministic" => json!(null),
                "uniform" => json!({ "low": location - scale, "high": location + scale }),
                _ => json!({ "location": location, "scale": scale }),
            };
            let options = options(json!({
                "posterior": family, "prior": prior, "latentDim": 3, "hiddenDims": [], "likelihood": "gaussian",
                "device": "cpu",
            }));
            let (_, layout) = Vae::new(&options.architecture(data.shape()));
            let mut theta = vec![0.0; layout.len()];
            // The first weights are those of the encoder's means, (3, 1).
            theta[layout.slots()[0].range()].copy_from_slice(&w);
            let evaluation = model(&data, &options, theta).evaluate(&data, None, None, &CancelToken::new()).unwrap();
            assert_eq!(evaluation.active_units, 2, "{family} about {location}, scale {scale}");
        }
    }
}
