//! The fused path against the reference path on 500 random configurations, from the same θ, batch and noise.
//!
//! The first step is compared with the reference path in f64: both terms and the loss within 1e-5 of their value, and
//! the gradient of each parameter tensor within 1e-4 of its largest entry. (Not entry by entry: an entry that cancels
//! to nearly 0 has no accurate digits.) The fused path never stores a gradient; after the first step Adam's first
//! moment, from 0, is (1 − β₁) times the gradient, rounded once. Three further steps through the shuffled data,
//! including the short last batch of an epoch, are compared with the reference path in f32.
//!
//! Everything is drawn from fixed keys, and the fused path gives the same bits on every machine. So a ReLU that falls
//! on the other side of 0 in f32 would fail this test always or never; none does.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use std::collections::BTreeSet;

use candle_core::{DType, Device, Tensor};
use vae_core::data::Dataset;
use vae_core::engine::step_flops;
use vae_core::model::likelihood::{Likelihood, Variance};
use vae_core::model::posterior::Family;
use vae_core::model::posterior::{LocationScale, PriorOptions};
use vae_core::model::vae::Vae;
use vae_core::nn::activation::Activation;
use vae_core::nn::parameters::{Layout, Vars};
use vae_core::objective::estimator::{Estimator, Kl};
use vae_core::objective::losses::Losses;
use vae_core::objective::weights::{Beta, Weights};
use vae_core::optim::adam::AdamOptions;
use vae_core::optim::learning_rate::LearningRate;
use vae_core::options::compute::Sparsity;
use vae_core::train::trainer::Trainer;
use vae_core::{Compute, TrainOptions};
use vae_kernels::Isa;
use vae_kernels::noise::{Key, Stream, normals, uniforms};

use testing::{stored, terms, vector, vectors};

const CASES: u64 = 500;
const KLS: [Kl; 2] = [Kl::Analytic, Kl::MonteCarlo];
const PRIORS: [LocationScale; 2] =
    [LocationScale { location: 0.0, scale: 1.0 }, LocationScale { location: -0.4, scale: 1.5 }];
/// Tolerance of the loss and its terms, relative to their value in f64.
const LOSS: f64 = 1e-5;
/// Tolerance of an entry of the gradient, relative to the largest of its tensor.
const GRADIENT: f64 = 1e-4;
/// Tolerance of a parameter after four steps, in units of η: an entry of θ moves by up to η per step.
const THETA: f64 = 1e-2;
const RATE: f64 = 1e-3;
/// Multiplications and additions of a step above which the scalar level is too slow for this test.
const MAX_SCALAR_FLOPS: f64 = 3e6;

/// Sizes at and around a register, a panel and a thread's share of a weight.
const SIZES: [usize; 8] = [1, 15, 16, 17, 31, 32, 33, 257];
const BATCHES: [usize; 10] = [1, 15, 16, 17, 31, 32, 33, 128, 129, 130];

const BETAS: [f64; 4] = [0.0, 0.5, 1.0, 4.0];
const LIKELIHOODS: [Likelihood; 4] = [
    Likelihood::Bernoulli,
    Likelihood::SquaredError,
    Likelihood::Gaussian(Variance::Fixed(0.3)),
    Likelihood::Gaussian(Variance::Learned),
];

/// A source of choices for one case.
struct Dice {
    key: Key,
    case: u64,
    throws: u32,
}

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.throws += 1;
        ((u64::from(self.key.words(self.case, 0, self.throws)[0]) * n as u64) >> 32) as usize
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// One of the interesting sizes, or any up to `max`, small ones more often.
    fn size(&mut self, interesting: &[usize], max: usize) -> usize {
        if self.below(2) == 0 {
            return self.one_of(interesting);
        }
        let fraction = self.below(1 << 16) as f64 / f64::from(1 << 16);
        1 + (fraction.powi(3) * max as f64) as usize
    }
}

/// One configuration, its θ and its data.
struct Case {
    input: usize,
    options: TrainOptions,
    /// Set if most values of the data are 0.
    mostly_zero: bool,
    layout: Layout,
    theta: Vec<f32>,
    data: Dataset,
    x: Vec<f32>,
    epsilon: Vec<f32>,
}

impl Case {
    fn new(case: u64) -> Self {
        let mut dice = Dice { key: Key::new(500, Stream::Split), case, throws: 0 };
        let input = dice.size(&SIZES, 257);
        let hidden_dims = (0..dice.below(4)).map(|_| dice.size(&SIZES, 257)).collect();
        let mut options = TrainOptions {
            hidden_dims,
            latent_dim: dice.size(&SIZES, 257),
            activation: dice.one_of(&Activation::NAMES).1,
            posterior: dice.one_of(&Family::NAMES).1,
            likelihood: dice.one_of(&LIKELIHOODS),
            beta: Beta::Constant(dice.one_of(&BETAS)),
            estimator: Estimator::Reparameterization { samples: 1 + dice.below(4), kl: dice.one_of(&KLS) },
            batch_size: dice.size(&BATCHES, 130),
            threads: Some(1 + dice.below(3)),
            learning_rate: LearningRate::Constant(RATE),
            seed: case,
            // With the default ε of 1e-8, an entry whose gradient is only rounding would still move by η.
            adam: AdamOptions { epsilon: 1e-2, ..AdamOptions::default() },
            ..TrainOptions::default()
        };
        if options.posterior != Family::Deterministic {
            options.prior = PriorOptions::LocationScale(dice.one_of(&PRIORS));
        }
        let (network, layout) = Vae::new(&options.architecture(&vector(input)));
        let flops = step_flops(&network, &layout, options.batch_size, options.estimator.samples());
        let levels: Vec<Isa> = Isa::available()
            .filter(|&isa| isa != Isa::Scalar || flops < MAX_SCALAR_FLOPS || isa == Isa::best())
            .collect();
        let sparsity = dice.one_of(&[Sparsity::On, Sparsity::Off]);
        options.compute = Compute { isa: Some(dice.one_of(&levels)), sparsity, ..Compute::default() };

        let mostly_zero = dice.below(2) == 0;
        let examples = options.batch_size + dice.below(options.batch_size + 1);
        let data = values(&mut dice, examples * input, input, options.likelihood, mostly_zero);
        let x = values(&mut dice, options.batch_size * input, input, options.likelihood, mostly_zero);
        let rows = options.batch_size * options.estimator.samples();
        let mut epsilon = vec![0.0; rows * options.latent_dim];
        normals(Key::new(case, Stream::Posterior), 0, 0, &mut epsilon);
        let theta = theta(&mut dice, &layout);
        Self { input, mostly_zero, layout, theta, data: vectors(data, input), x, epsilon, options }
    }

    fn trainer(&self, reference: bool) -> Trainer {
        let compute = Compute { reference, ..self.options.compute };
        let options = TrainOptions { compute, ..self.options.clone() };
        let start = stored(&self.data, &options, self.theta.clone());
        let trainer = Trainer::new(start.metadata.clone(), self.data.clone(), None, Some(start)).unwrap();
        assert_eq!(trainer.engine().path.is_err(), reference);
        trainer
    }

    /// The losses of the batch and their gradient, in f64.
    fn oracle(&self) -> (Losses, Vec<f64>) {
        let (model, layout) = Vae::new(&self.options.architecture(&vector(self.input)));
        let vars = Vars::new(&layout, &self.theta, DType::F64, &Device::Cpu).unwrap();
        let f64s = |values: &[f32], columns: usize| {
            let shape = (values.len() / columns, columns);
            Tensor::from_slice(values, shape, &Device::Cpu).unwrap().to_dtype(DType::F64).unwrap()
        };
        let x = f64s(&self.x, self.input);
        let epsilon = f64s(&self.epsilon, self.options.latent_dim);
        let weights = Weights::new(self.options.beta.first());
        let terms = terms(&model, &vars, (&x, &epsilon), self.options.estimator, weights);
        let gradient = vars.gradient(&terms.surrogate.backward().unwrap()).unwrap();
        (terms.sums.losses(weights), gradient.to_vec1().unwrap())
    }
}

/// Rows of data within the likelihood's support. With `mostly_zero`, some columns are 0 throughout and some zeros
/// negative.
fn values(dice: &mut Dice, count: usize, columns: usize, likelihood: Likelihood, mostly_zero: bool) -> Vec<f32> {
    let mut values = vec![0.0; count];
    dice.throws += 1;
    let key = Key::new(dice.case, Stream::Digits);
    let fill = if likelihood.needs_unit_interval() { uniforms } else { normals };
    fill(key, 0, dice.throws, &mut values);
    if mostly_zero {
        let mut chance = vec![0.0; count];
        uniforms(key, 1, dice.throws, &mut chance);
        for (i, (value, chance)) in values.iter_mut().zip(chance).enumerate() {
            if chance < 0.8 || i % columns % 3 == 1 {
                *value *= 0.0;
            }
        }
    }
    values
}

/// Weights of standard deviation s/√fan_in, s between ½ and 3/2, biases of 0.3, ln σ² between −1 and 1.
fn theta(dice: &mut Dice, layout: &Layout) -> Vec<f32> {
    let mut theta = vec![0.0; layout.len()];
    for (part, slot) in layout.slots().iter().enumerate() {
        let scale = 0.5 + dice.below(1 << 16) as f32 / 65_536.0;
        let values = &mut theta[slot.range()];
        normals(Key::new(dice.case, Stream::Initialization), part as u64, 0, values);
        let deviation = match slot.shape.len() {
            2 => scale / (slot.fan_in as f32).sqrt(),
            _ => 0.3,
        };
        values.iter_mut().for_each(|value| *value *= deviation);
        if slot.name.starts_with("likelihood.") {
            values.fill(2.0 * scale - 2.0);
        }
    }
    theta
}

impl Case {
    /// Labels of its choices.
    fn features(&self) -> Vec<String> {
        let TrainOptions { hidden_dims, latent_dim, batch_size, estimator, compute, .. } = &self.options;
        let isa = compute.isa.map_or("none", Isa::name);
        let mut features = vec![
            format!("input {}", self.input),
            format!("latent {latent_dim}"),
            format!("batch {batch_size}"),
            format!("L {}", estimator.samples()),
            format!(
                "{:?} prior at {} monte carlo {}",
                self.options.posterior,
                self.options.prior.frame().location,
                estimator.objective().fused().unwrap().monte_carlo
            ),
            format!("depth {}", hidden_dims.len()),
            format!("threads {}", self.options.threads.unwrap()),
            format!("β {}", self.options.beta.first()),
            format!("{:?} {:?}", self.options.likelihood, self.options.posterior),
            format!("{:?} {isa}", self.options.activation),
            format!("{isa} sparsity {:?} mostly zero {}", compute.sparsity, self.mostly_zero),
        ];
        features.extend(hidden_dims.iter().map(|size| format!("hidden {size}")));
        features
    }
}

/// Asserts that every choice occurred, and every pair in which one choice may hide a mistake in the other.
fn assert_all_seen(seen: &BTreeSet<String>) {
    let mut expected = Vec::new();
    for role in ["input", "hidden", "latent"] {
        expected.extend(SIZES.map(|size| format!("{role} {size}")));
    }
    expected.extend(BATCHES.map(|size| format!("batch {size}")));
    expected.extend((1..=4).map(|samples| format!("L {samples}")));
    expected.extend((0..=3).map(|depth| format!("depth {depth}")));
    expected.extend((1..=3).map(|threads| format!("threads {threads}")));
    expected.extend(BETAS.map(|beta| format!("β {beta}")));
    for likelihood in LIKELIHOODS {
        expected.extend(Family::NAMES.map(|(_, posterior)| format!("{likelihood:?} {posterior:?}")));
    }
    for family in [Family::Gaussian, Family::Laplace, Family::Uniform] {
        for prior in PRIORS {
            let kinds = [false, true].map(|kind| format!("{family:?} prior at {} monte carlo {kind}", prior.location));
            expected.extend(kinds);
        }
    }
    for isa in Isa::available().map(Isa::name) {
        expected.extend(Activation::NAMES.map(|(_, activation)| format!("{activation:?} {isa}")));
        for (sparsity, mostly_zero) in [("On", true), ("On", false), ("Off", true), ("Off", false)] {
            expected.push(format!("{isa} sparsity {sparsity} mostly zero {mostly_zero}"));
        }
    }
    for feature in expected {
        assert!(seen.contains(&feature), "no case had: {feature}");
    }
}

/// |found/expected − 1|, or |found| if `expected` is 0.
fn relative(found: f64, expected: f64) -> f64 {
    if expected == 0.0 { found.abs() } else { (found / expected - 1.0).abs() }
}

/// The largest absolute value; ∞ if one is NaN.
fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |largest, value| if value.is_nan() { f64::INFINITY } else { value.abs().max(largest) })
}

/// The largest deviations of all cases.
#[derive(Debug, Default)]
struct Worst {
    loss: f64,
    gradient: f64,
    later: f64,
    theta: f64,
}

#[test]
fn a_fused_step_is_a_reference_step() {
    let mut seen = BTreeSet::new();
    let mut worst = Worst::default();
    for number in 0..CASES {
        let case = Case::new(number);
        let what = format!("case {number}: {}", case.features().join(", "));
        let (mut fused, mut reference) = (case.trainer(false), case.trainer(true));

        let (expected, gradient) = case.oracle();
        let found = fused.step_on(&case.x, &case.epsilon).unwrap();
        reference.step_on(&case.x, &case.epsilon).unwrap();
        let terms =
            [(found.loss, expected.loss), (found.reconstruction, expected.reconstruction), (found.kl, expected.kl)];
        for (found, expected) in terms {
            let deviation = relative(found, expected);
            assert!(deviation <= LOSS, "{what}: {found} should be {expected}, off by {deviation:.1e}");
            worst.loss = worst.loss.max(deviation);
        }

        let m = fused.checkpoint().unwrap().training.unwrap().m;
        let weight = 1.0 - case.options.adam.beta1;
        for slot in case.layout.slots() {
            let (m, gradient) = (&m[slot.range()], &gradient[slot.range()]);
            let error = largest(m.iter().zip(gradient).map(|(&m, g)| f64::from(m) / weight - g));
            let scale = largest(gradient.iter().copied());
            assert!(error <= GRADIENT * scale, "{what}: ∂{} is off by {error:.1e} of {scale:.1e}", slot.name);
            if scale > 0.0 {
                worst.gradient = worst.gradient.max(error / scale);
            }
        }

        for _ in 0..3 {
            let ((found, n), (expected, m)) = (fused.step().unwrap(), reference.step().unwrap());
            let deviation = relative(found.loss, expected.loss);
            assert!(n == m && deviation <= LOSS, "{what}: a later loss is off by {deviation:.1e}");
            worst.later = worst.later.max(deviation);
        }
        let pairs = fused.theta().unwrap().into_iter().zip(reference.theta().unwrap());
        let error = largest(pairs.map(|(found, expected)| f64::from(found - expected))) / RATE;
        assert!(error <= THETA, "{what}: a parameter is off by {error:.1e}·η");
        worst.theta = worst.theta.max(error);
        seen.extend(case.features());
    }
    let Worst { loss, gradient, later, theta } = worst;
    println!(
        "{CASES} configurations: losses within {loss:.1e}, gradients within {gradient:.1e}; \
         after three more steps losses within {later:.1e}, parameters within {theta:.1e}·η"
    );
    assert_all_seen(&seen);
}
