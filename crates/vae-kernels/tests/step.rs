//! Steps and evaluations in the kernels give the bits of the plain program in `plain`: at every SIMD level, on any
//! number of threads, with zeros of the data left out or not.
// A helper of tests fails loudly, as the tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]
mod plain;

use plain::State;
use vae_kernels::noise::{Key, Stream, fill_normals, normals, uniforms};
use vae_kernels::{Activation, Adam, Batch, Inference, Inputs, Isa, Net, Noise, Step, Team, Term, Terms};

/// Miri is some thousand times slower, and has no vector instructions beyond the baseline.
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

/// What varies from shape to shape: every activation and term occurs with either posterior.
const KINDS: [(Activation, Term, bool); 6] = [
    (Activation::Relu, Term::CrossEntropy, true),
    (Activation::Silu, Term::Squared, true),
    (Activation::Tanh, Term::SquaredSigmoid, true),
    (Activation::Softplus, Term::CrossEntropy, false),
    (Activation::Identity, Term::Squared, false),
    (Activation::Relu, Term::SquaredSigmoid, false),
];

const SEED: u64 = 5;
const STEPS: u64 = if TINY { 2 } else { 3 };

struct Rows<'a>(&'a [Vec<f32>]);

impl Batch for Rows<'_> {
    fn read(&self, position: usize, x: &mut [f32]) {
        x.copy_from_slice(&self.0[position]);
    }
}

struct Case {
    net: Net,
    examples: usize,
    draws: usize,
    start: State,
    x: Vec<Vec<f32>>,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        SHAPES.iter().flat_map(|shape| KINDS.into_iter().map(move |kind| Self::new(shape, kind)))
    }

    fn new(
        shape: &(usize, &[usize], usize, usize, usize),
        (activation, term, gaussian): (Activation, Term, bool),
    ) -> Self {
        let &(input, hidden, d, examples, draws) = shape;
        let net = plain::net(input, hidden, d, activation, term, gaussian);
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

    /// Steps on batches of changing size, each with what `step` makes of (step, examples, state).
    fn train(&self, mut step: impl FnMut(u64, usize, &mut State) -> Terms) -> (Vec<Terms>, State) {
        let mut state = self.start.clone();
        let sizes = [self.examples, self.examples.div_ceil(2), self.examples];
        let terms = (0..STEPS).zip(sizes).map(|(number, examples)| step(number, examples, &mut state)).collect();
        (terms, state)
    }

    fn adam(number: u64) -> Adam {
        Adam::new(1e-2, 0.9, 0.999, 1e-8, number + 1)
    }

    /// ε of a step, (examples · L, d).
    fn epsilon(&self, number: u64, examples: usize) -> Vec<f32> {
        let d = self.net.latent();
        let mut epsilon = vec![0.0; examples * self.draws * d];
        fill_normals(Key::new(SEED, Stream::Noise), number, 0, d, &mut epsilon);
        epsilon
    }

    fn plain(&self) -> (Vec<Terms>, State) {
        self.train(|number, examples, state| {
            let epsilon = self.epsilon(number, examples);
            let epsilon: Vec<_> = epsilon.chunks(self.net.latent()).map(<[f32]>::to_vec).collect();
            plain::step(&self.net, Self::adam(number), &self.x[..examples], &epsilon, 0.7, state)
        })
    }

    fn fused(&self, isa: Isa, threads: usize, sparse: bool, given: bool) -> (Vec<Terms>, State) {
        let mut team = Team::new(threads, false).unwrap();
        let mut step = Step::new(self.net.clone(), self.examples, self.draws, sparse, isa, threads).unwrap();
        self.train(|number, examples, state| {
            let epsilon = self.epsilon(number, examples);
            let noise = match given {
                true => Noise::Given(&epsilon),
                false => Noise::Drawn(Key::new(SEED, Stream::Noise), number),
            };
            let inputs = Inputs { batch: &Rows(&self.x), examples, noise, beta: 0.7 };
            let terms = step.backward(&mut team, &inputs, &state.theta);
            step.update(&mut team, Self::adam(number), &mut state.theta, &mut state.m, &mut state.v);
            terms
        })
    }
}

/// How many threads to compute with at this level; the scalar one takes its time.
fn teams(isa: Isa) -> &'static [usize] {
    if isa == Isa::Scalar { &[2] } else { &[1, 2, 3, 8] }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[track_caller]
fn assert_same(found: &(Vec<Terms>, State), expected: &(Vec<Terms>, State), what: &str) {
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

#[test]
fn a_step_gives_the_bits_of_the_plain_program() {
    for case in Case::all() {
        let expected = case.plain();
        assert!(expected.1.theta.iter().all(|value| value.is_finite()));
        for isa in Isa::available() {
            for &threads in teams(isa) {
                for (sparse, given) in [(false, false), (true, true)] {
                    let what = format!(
                        "{}-{:?}-{}, {:?}, {:?}, B {}, L {}, {}, {threads} threads, sparse {sparse}",
                        case.net.input(),
                        case.net.encoder.iter().map(|layer| layer.fan_out).collect::<Vec<_>>(),
                        case.net.latent(),
                        case.net.activation,
                        case.net.term,
                        case.examples,
                        case.draws,
                        isa.name()
                    );
                    assert_same(&case.fused(isa, threads, sparse, given), &expected, &what);
                }
            }
        }
    }
}

#[test]
fn an_evaluation_gives_the_bits_of_the_plain_program() {
    for case in Case::all() {
        let (net, theta, draws, d) = (&case.net, &case.start.theta, case.draws, case.net.latent());
        let x = case.x.concat();
        let z = case.epsilon(0, case.examples);
        let encodings = case.x.iter().map(|x| plain::encode(net, theta, x));
        let (means, log_vars): (Vec<_>, Vec<_>) = encodings.map(|(mean, s)| (mean, s.unwrap_or_default())).unzip();
        let outputs: Vec<_> = z.chunks(d).map(|z| plain::decode(net, theta, z)).collect();
        let terms: Vec<u64> = z
            .chunks(d)
            .enumerate()
            .map(|(row, z)| plain::term(net, theta, z, &case.x[row / draws]).to_bits())
            .collect();
        for isa in Isa::available() {
            for &threads in teams(isa) {
                let mut team = Team::new(threads, false).unwrap();
                let mut inference = Inference::new(net.clone(), isa, threads).unwrap();
                let (mut mean, mut log_var) =
                    (vec![f32::NAN; means.concat().len()], vec![0.0; log_vars.concat().len()]);
                inference.encode(&mut team, theta, &x, &mut mean, &mut log_var);
                assert_eq!(bits(&mean), bits(&means.concat()));
                assert_eq!(bits(&log_var), bits(&log_vars.concat()));
                let mut out = vec![f32::NAN; outputs.concat().len()];
                inference.decode(&mut team, theta, &z, &mut out);
                assert_eq!(bits(&out), bits(&outputs.concat()));
                let mut sums = vec![f64::NAN; terms.len()];
                inference.terms(&mut team, theta, &z, &x, draws, &mut sums);
                assert_eq!(sums.iter().map(|sum| sum.to_bits()).collect::<Vec<_>>(), terms);
            }
        }
    }
}

/// A network that another program may have put together: what it says would lead outside of memory.
#[test]
fn layers_that_do_not_fit_are_refused() {
    let net = || plain::net(6, &[5, 4], 2, Activation::Relu, Term::Squared, true);
    type Change = fn(&mut Net);
    let changes: [(&str, Change); 10] = [
        ("a layer that takes more than there is", |net| net.encoder[1].fan_in = 500),
        ("a head of another size", |net| net.mean.fan_out = 3),
        ("an output that takes more than there is", |net| net.output.fan_in = 500),
        ("an output of another size than the input", |net| net.output.fan_out = 7),
        ("a second layer that reads the data", |net| net.encoder[1].reads_data = true),
        ("a first layer that does not", |net| net.encoder[0].reads_data = false),
        ("a weight without end", |net| net.decoder[0].weight = usize::MAX - 3),
        ("a bias inside a weight", |net| net.encoder[0].bias = 3),
        ("a weight over the end of the bias below", |net| net.decoder[1].weight -= 1),
        ("a variance inside a weight", |net| net.log_variance = Some(0)),
    ];
    let is_refused = |net: &Net| {
        let refuses = |new: &(dyn Fn() -> bool + std::panic::RefUnwindSafe)| std::panic::catch_unwind(new).is_err();
        let step = refuses(&|| Step::new(net.clone(), 3, 1, false, Isa::best(), 1).is_some());
        let inference = refuses(&|| Inference::new(net.clone(), Isa::best(), 1).is_some());
        assert_eq!(step, inference);
        step
    };
    assert!(!is_refused(&net()));
    for (what, change) in changes {
        let mut net = net();
        change(&mut net);
        assert!(is_refused(&net), "{what}");
    }
}
