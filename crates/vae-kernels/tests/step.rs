//! Steps and evaluations in the kernels give the bits of the plain program in `plain`: at every SIMD level, on any
//! number of threads, with zeros of the data left out or not.
// A helper of tests fails loudly, as the tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]
mod cases;
mod plain;

use cases::{BETA, Case, Rows, SEED, assert_same, bits};
use plain::State;
use vae_kernels::noise::{Key, Stream};
use vae_kernels::{Activation, Inference, Inputs, Isa, Net, Noise, PixelLoss, Posterior, Step, Team, TermSums};

/// Result of the kernels for a case.
fn fused(case: &Case, isa: Isa, threads: usize, sparse: bool, given: bool) -> (Vec<TermSums>, State) {
    let mut team = Team::new(threads, false).unwrap();
    let mut step = Step::new(case.net.clone(), case.examples, case.draws, sparse, isa, threads).unwrap();
    case.train(|number, examples, state| {
        let epsilon = case.epsilon(number, examples);
        let noise = if given { Noise::Given(&epsilon) } else { Noise::Drawn(Key::new(SEED, Stream::Noise), number) };
        let inputs = Inputs { batch: &Rows(&case.x), examples, noise, beta: BETA };
        let terms = step.backward(&mut team, &inputs, &state.theta);
        step.update(&mut team, Case::adam(number), &mut state.theta, &mut state.m, &mut state.v);
        terms
    })
}

/// Thread counts to test at this level; few for the scalar one, which is slow.
fn teams(isa: Isa) -> &'static [usize] {
    if isa == Isa::Scalar { &[2] } else { &[1, 2, 3, 8] }
}

#[test]
fn a_step_gives_the_bits_of_the_plain_program() {
    for case in Case::all() {
        let expected = case.plain();
        assert!(expected.1.theta.iter().all(|value| value.is_finite()));
        for isa in Isa::available() {
            for &threads in teams(isa) {
                for (sparse, given) in [(false, false), (true, true)] {
                    let what = format!("{}, {}, {threads} threads, sparse {sparse}", case.describe(), isa.name());
                    assert_same(&fused(&case, isa, threads, sparse, given), &expected, &what);
                }
            }
        }
    }
}

#[test]
fn an_evaluation_gives_the_bits_of_the_plain_program() {
    for case in Case::all() {
        let net = &case.net;
        let theta = &case.start.theta;
        let draws = case.draws;
        let d = case.net.latent();
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
                let mut mean = vec![f32::NAN; means.concat().len()];
                let mut raw_scale = vec![0.0; log_vars.concat().len()];
                inference.encode(&mut team, theta, &x, &mut mean, &mut raw_scale);
                assert_eq!(bits(&mean), bits(&means.concat()));
                assert_eq!(bits(&raw_scale), bits(&log_vars.concat()));
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

/// Networks from another program, whose offsets would lead outside of memory.
#[test]
fn layers_that_do_not_fit_are_refused() {
    let net = || plain::net(6, &[5, 4], 2, Activation::Relu, PixelLoss::Squared, Some(Posterior::default()));
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
