//! Models and batches of every kind and awkward size, and the plain program's results for them.
#![allow(dead_code, reason = "each test program uses its own share of this")]
use vae_kernels::noise::{Key, Stream, fill_noise, normals, uniforms};
use vae_kernels::{Activation, Adam, Batch, Family, Net, PixelLoss, Posterior, TermSums};

use crate::plain::{self, State};

/// Set under Miri, which is some thousand times slower, and has no vector instructions beyond the baseline.
const TINY: bool = cfg!(miri);

/// (input, hidden, latent, largest batch, L): below, at and above the sizes of registers, panels and shares.
const SHAPES: &[(usize, &[usize], usize, usize, usize)] = if TINY {
    &[(17, &[2], 1, 17, 1), (3, &[3, 2], 2, 3, 2), (3, &[], 2, 3, 1)]
} else {
    &[
        (1, &[1], 1, 1, 1),
        (17, &[16], 15, 17, 1),
        (33, &[5, 31], 2, 40, 2),
        (70, &[32, 17, 9], 3, 33, 3),
        (20, &[], 3, 49, 1),
        (65, &[34], 33, 15, 4),
        (5, &[257], 2, 130, 1),
    ]
};

/// Kinds of model, each tried in every shape: every activation and term occurs with a posterior and without, and so
/// does every posterior.
const KINDS: [(Activation, PixelLoss, Option<Posterior>); 10] = [
    (Activation::Relu, PixelLoss::CrossEntropy, Some(standard(Family::Gaussian, false))),
    (Activation::Silu, PixelLoss::Squared, Some(standard(Family::Laplace, false))),
    (Activation::Tanh, PixelLoss::SquaredSigmoid, Some(standard(Family::Gaussian, true))),
    (Activation::Softplus, PixelLoss::CrossEntropy, None),
    (Activation::Identity, PixelLoss::Squared, None),
    (Activation::Relu, PixelLoss::SquaredSigmoid, None),
    (Activation::Softplus, PixelLoss::Squared, Some(standard(Family::Uniform, false))),
    (Activation::Relu, PixelLoss::CrossEntropy, Some(elsewhere(Family::Laplace, true))),
    (Activation::Tanh, PixelLoss::CrossEntropy, Some(elsewhere(Family::Uniform, true))),
    (Activation::Relu, PixelLoss::Squared, Some(elsewhere(Family::Gaussian, false))),
];

const fn standard(family: Family, monte_carlo: bool) -> Posterior {
    Posterior { family, location: 0.0, scale: 1.0, monte_carlo }
}

/// Shifted and scaled prior.
const fn elsewhere(family: Family, monte_carlo: bool) -> Posterior {
    Posterior { family, location: -0.4, scale: 1.7, monte_carlo }
}

/// The weight of the KL term.
pub const BETA: f64 = 0.7;
/// Seed of all draws.
pub const SEED: u64 = 5;
pub const STEPS: u64 = if TINY { 2 } else { 3 };

/// Examples as a batch.
pub struct Rows<'a>(pub &'a [Vec<f32>]);

impl Batch for Rows<'_> {
    fn read(&self, position: usize, x: &mut [f32]) {
        x.copy_from_slice(&self.0[position]);
    }
}

/// A model, and batches to train it on.
pub struct Case {
    pub net: Net,
    pub examples: usize,
    pub draws: usize,
    pub start: State,
    pub x: Vec<Vec<f32>>,
}

impl Case {
    /// All cases.
    pub fn all() -> impl Iterator<Item = Self> {
        SHAPES.iter().flat_map(|shape| KINDS.into_iter().map(move |kind| Self::new(shape, kind)))
    }

    /// The largest batch, and L.
    pub fn sizes(&self) -> (usize, usize) {
        (self.examples, self.draws)
    }

    fn new(
        shape: &(usize, &[usize], usize, usize, usize),
        (activation, term, posterior): (Activation, PixelLoss, Option<Posterior>),
    ) -> Self {
        let &(input, hidden, d, examples, draws) = shape;
        let net = plain::net(input, hidden, d, activation, term, posterior);
        let mut theta = vec![0.0; net.len()];
        normals(Key::new(SEED, Stream::Initialization), 0, 0, &mut theta);
        theta.iter_mut().for_each(|value| *value *= 0.3);
        let zeros = vec![0.0; theta.len()];
        let x = (0..examples as u32).map(|row| {
            let mut x = vec![0.0; input];
            uniforms(Key::new(SEED, Stream::Digits), 0, row, &mut x);
            // Many zeros, half of them negative, and columns that are 0 throughout.
            for (i, x) in x.iter_mut().enumerate().filter(|(i, x)| i % 4 == 1 || **x < 0.6) {
                *x = if (i + row as usize).is_multiple_of(2) { 0.0 } else { -0.0 };
            }
            x
        });
        Self { x: x.collect(), examples, draws, start: State { theta, m: zeros.clone(), v: zeros }, net }
    }

    /// Trains on batches of changing size, by `step(number, examples, state)`.
    pub fn train(&self, mut step: impl FnMut(u64, usize, &mut State) -> TermSums) -> (Vec<TermSums>, State) {
        let mut state = self.start.clone();
        let sizes = [self.examples, self.examples.div_ceil(2), self.examples];
        let terms = (0..STEPS).zip(sizes).map(|(number, examples)| step(number, examples, &mut state)).collect();
        (terms, state)
    }

    /// The constants of a step; the first one has no weight decay.
    pub fn adam(number: u64) -> Adam {
        Adam::new(1e-2, 0.9, 0.999, 1e-8, 0.1 * number as f64, number + 1)
    }

    /// ε of a step, (examples · L, d).
    pub fn epsilon(&self, number: u64, examples: usize) -> Vec<f32> {
        let d = self.net.latent();
        let mut epsilon = vec![0.0; examples * self.draws * d];
        fill_noise(self.net.posterior.family, Key::new(SEED, Stream::Noise), number, 0, d, &mut epsilon);
        epsilon
    }

    /// Description of its shape.
    pub fn describe(&self) -> String {
        format!(
            "{}-{:?}-{}, {:?}, {:?}, {:?}, B {}, L {}",
            self.net.input(),
            self.net.encoder.iter().map(|layer| layer.fan_out).collect::<Vec<_>>(),
            self.net.latent(),
            self.net.activation,
            self.net.term,
            self.net.posterior,
            self.examples,
            self.draws,
        )
    }

    /// Result of the plain program.
    pub fn plain(&self) -> (Vec<TermSums>, State) {
        self.train(|number, examples, state| {
            let epsilon = self.epsilon(number, examples);
            let epsilon: Vec<_> = epsilon.chunks(self.net.latent()).map(<[f32]>::to_vec).collect();
            plain::step(&self.net, Self::adam(number), &self.x[..examples], &epsilon, BETA, state)
        })
    }
}

/// Bit patterns: equal NaNs compare equal, −0 and 0 do not.
pub fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Fails at the first number that differs.
#[track_caller]
pub fn assert_same(found: &(Vec<TermSums>, State), expected: &(Vec<TermSums>, State), what: &str) {
    assert_eq!(found.0, expected.0, "the terms, {what}");
    for (found, expected) in
        [(&found.1.theta, &expected.1.theta), (&found.1.m, &expected.1.m), (&found.1.v, &expected.1.v)]
    {
        let at = bits(found).iter().zip(bits(expected)).position(|(found, expected)| *found != expected);
        if let Some(at) = at {
            panic!("number {at} is {:?}, not {:?}: {what}", found[at], expected[at]);
        }
    }
}
