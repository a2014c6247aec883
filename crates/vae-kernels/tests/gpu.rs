//! The GPU's kernels, run on the host from the same source, give the bits of the plain program.
// A helper of tests fails loudly, as the tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]
mod cases;
mod host;
mod plain;

use std::io::Write;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use cases::{BETA, Case, SEED, assert_same, bits};
use host::{Device, Host, HostInference, Trained, compile};
use plain::State;
use vae_kernels::gpu::{KernelArgs, Precision, Resident, StepPlan};
use vae_kernels::noise::{Key, Stream, bernoulli};
use vae_kernels::{Inference, Isa, Permutation, Team, TermSums};

const ORDER: u64 = 3;

/// The epoch's order of `n` examples.
fn order(n: usize) -> Permutation {
    Permutation::new(Key::new(SEED, Stream::Shuffle), ORDER, n as u64)
}

fn plan(seed: u64, number: u64, order: &Permutation, first: u64, examples: usize, beta: f64) -> StepPlan {
    let [noise, binarize] = [Stream::Noise, Stream::Binarize].map(|stream| Key::new(seed, stream));
    StepPlan::new(number, order, first, examples as u32, noise, binarize, beta, Case::adam(number))
}

/// The examples laid out so that the epoch's order is that of the case.
fn laid_out(case: &Case, order: &Permutation) -> Vec<f32> {
    let width = case.net.input();
    let mut floats = vec![0.0; case.x.len() * width];
    for (position, x) in case.x.iter().enumerate() {
        floats[order.get(position as u64) as usize * width..][..width].copy_from_slice(x);
    }
    floats
}

/// Addresses of the examples.
fn resident(floats: &[f32], order: &Permutation) -> Resident {
    Resident { floats: floats.as_ptr() as u64, n: order.len(), ..Resident::default() }
}

fn on_gpu(host: &Host, case: &Case, device: Device) -> (Vec<TermSums>, State) {
    let order = order(case.x.len());
    let floats = laid_out(case, &order);
    let data = resident(&floats, &order);
    let mut trained = Trained::new(host, &case.net, &[&case.start], case.sizes(), device);
    let (terms, _) =
        case.train(|number, examples, _| trained.step(&[plan(SEED, number, &order, 0, examples, BETA)], &data)[0]);
    assert_eq!(trained.failed(), [0]);
    (terms, trained.state(0))
}

/// True up to rounding in another order of summation, in double; the KL of draws is rounded to a float for each
/// dimension.
fn is_close(found: f64, expected: f64, rounded: bool) -> bool {
    (found - expected).abs() <= if rounded { 1e-6 } else { 1e-12 } * expected.abs()
}

#[test]
fn kernels_on_the_host_give_the_bits_of_the_plain_program() {
    let Some(host) = host("kernels_on_the_host_give_the_bits_of_the_plain_program") else { return };
    for case in Case::all() {
        let expected = case.plain();
        // Small tiles and large ones.
        for processors in [usize::MAX, 1] {
            let what = format!("{}, {processors} processors", case.describe());
            let (terms, state) = on_gpu(&host, &case, (Precision::F32, processors));
            for (found, expected) in terms.iter().zip(&expected.0) {
                let close = is_close(found.reconstruction, expected.reconstruction, false)
                    && is_close(found.kl, expected.kl, case.net.posterior.monte_carlo);
                assert!(close, "{found:?}, {expected:?}: {what}");
            }
            assert_same(&(expected.0.clone(), state), &expected, &what);
        }
    }
}

#[test]
fn tf32_gives_the_gradient_to_its_precision() {
    let Some(host) = host("tf32_gives_the_gradient_to_its_precision") else { return };
    for case in Case::all() {
        for processors in [usize::MAX, 1] {
            let what = format!("{}, {processors} processors", case.describe());
            let [exact, rounded] =
                [Precision::F32, Precision::Tf32].map(|precision| first_step(&host, &case, (precision, processors)));
            // Each factor is off by up to 2⁻¹², and a ReLU near its kink may fall on the other side.
            let error = |found: f64, expected: f64| (found - expected).abs() / expected.abs();
            let loss = error(rounded.0, exact.0);
            let distance = norm(exact.1.iter().zip(&rounded.1).map(|(exact, rounded)| exact - rounded));
            let gradient = distance / norm(exact.1.iter().copied());
            assert!(loss < 1e-3, "{loss}: {what}");
            assert!(gradient > 0.0 && gradient < 1e-2, "{gradient}: {what}");
        }
    }
}

/// The loss of the first step, and the gradient, from Adam's first moment.
fn first_step(host: &Host, case: &Case, device: Device) -> (f64, Vec<f64>) {
    let order = order(case.x.len());
    let floats = laid_out(case, &order);
    let mut trained = Trained::new(host, &case.net, &[&case.start], case.sizes(), device);
    let plan = plan(SEED, 0, &order, 0, case.examples, BETA);
    let terms = trained.step(&[plan], &resident(&floats, &order))[0];
    let weight = f64::from(Case::adam(0).mean_weight);
    let after = trained.state(0).m;
    let gradient = case.start.m.iter().zip(&after).map(|(&m, &after)| f64::from(m) + f64::from(after - m) / weight);
    (terms.reconstruction + BETA * terms.kl, gradient.collect())
}

fn norm(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.map(|number| number * number).sum::<f64>().sqrt()
}

#[test]
fn both_sides_know_the_same_structs() {
    let Some(host) = host("both_sides_know_the_same_structs") else { return };
    assert_eq!(host.sizes(), KernelArgs::sizes());
}

/// x → μ, raw scale; z → output; Σ of the term: the CPU's bits, except for the sums, whose order differs.
#[test]
fn the_inference_program_gives_the_bits_of_the_cpu() {
    let Some(host) = host("the_inference_program_gives_the_bits_of_the_cpu") else { return };
    let mut team = Team::new(2, false).unwrap();
    for case in Case::all() {
        let net = &case.net;
        let theta = &case.start.theta;
        let x = case.x.concat();
        let n = case.x.len();
        let d = net.latent();
        let draws = case.draws;
        let mut mean = vec![0.0; n * d];
        let mut raw_scale = vec![0.0; if net.scale_head.is_some() { n * d } else { 0 }];
        let mut inference = Inference::new(net.clone(), Isa::best(), 2).unwrap();
        inference.encode(&mut team, theta, &x, &mut mean, &mut raw_scale);
        let z = case.epsilon(0, n);
        let mut out = vec![0.0; n * draws * net.input()];
        let mut sums = vec![0.0; n * draws];
        inference.decode(&mut team, theta, &z, &mut out);
        inference.terms(&mut team, theta, &z, &x, draws, &mut sums);
        for processors in [usize::MAX, 1] {
            let what = format!("{}, {processors} processors", case.describe());
            let mut inference_on_host = HostInference::new(&host, net, theta, n, processors);
            let offsets = *inference_on_host.program.offsets();
            let memory = inference_on_host.memory();
            inference_on_host.write(offsets.x, &x);
            inference_on_host.launch(&inference_on_host.program.encode(&memory, n));
            assert_eq!(bits(&inference_on_host.read(offsets.mean, n * d)), bits(&mean), "{what}");
            assert_eq!(bits(&inference_on_host.read(offsets.raw_scale, raw_scale.len())), bits(&raw_scale), "{what}");
            let rows = n * draws;
            let mut inference_on_host = HostInference::new(&host, net, theta, rows, processors);
            let offsets = *inference_on_host.program.offsets();
            let memory = inference_on_host.memory();
            inference_on_host.write(offsets.z, &z);
            inference_on_host.launch(&inference_on_host.program.decode(&memory, rows));
            assert_eq!(bits(&inference_on_host.read(offsets.out, out.len())), bits(&out), "{what}");
            inference_on_host.write(offsets.x, &x);
            let (launches, blocks) = inference_on_host.program.terms(&memory, rows, draws);
            inference_on_host.launch(&launches);
            for (found, &expected) in inference_on_host.sums(offsets.sums, rows, blocks).into_iter().zip(&sums) {
                assert!(is_close(found, expected, false), "{found}, {expected}: {what}");
            }
        }
    }
}

/// Members with their own seeds, β and batches end as they would alone.
#[test]
fn members_are_models_alone() {
    let Some(host) = host("members_are_models_alone") else { return };
    let case = Case::all().nth(12).unwrap();
    let order = order(case.x.len());
    let floats = laid_out(&case, &order);
    let data = resident(&floats, &order);
    let mut other = case.start.clone();
    other.theta.iter_mut().for_each(|theta| *theta *= -0.5);
    let starts = [&case.start, &other, &case.start];
    let plans = |number: u64| {
        let (full, half) = (case.examples, case.examples / 2);
        [
            plan(1, number, &order, 0, full, 0.0),
            plan(2, number, &order, 3, half, 4.0),
            plan(3, number, &order, 0, half, BETA),
        ]
    };
    let mut together = Trained::new(&host, &case.net, &starts, case.sizes(), (Precision::F32, 1));
    let mut alone = starts.map(|start| Trained::new(&host, &case.net, &[start], case.sizes(), (Precision::F32, 1)));
    for number in 0..2 {
        let terms = together.step(&plans(number), &data);
        for (member, alone) in alone.iter_mut().enumerate() {
            assert_eq!(alone.step(&plans(number)[member..=member], &data), terms[member..=member]);
            assert_eq!(alone.state(0), together.state(member), "member {member} after step {number}");
        }
    }
    assert_ne!(together.state(0), together.state(2), "seed and β matter");
}

/// x as the kernels read it: from bytes, scaled by column, thresholded, drawn.
#[test]
fn bytes_become_numbers() {
    let Some(host) = host("bytes_become_numbers") else { return };
    let case = Case::all().nth(6).unwrap();
    let (n, width) = (case.x.len(), case.net.input());
    let order = order(n);
    let bytes: Vec<u8> = (0..n * width).map(|i| (i * 37 % 256) as u8).collect();
    let table: Vec<f32> = (0..256u16).map(|byte| f32::from(byte) / 255.0).collect();
    let mean: Vec<f32> = (0..width).map(|column| column as f32 * 0.01).collect();
    let deviation: Vec<f32> = (0..width).map(|column| 0.5 + column as f32 * 0.1).collect();
    let address = |numbers: &[f32]| numbers.as_ptr() as u64;
    let plain = Resident { bytes: bytes.as_ptr() as u64, table: address(&table), n: n as u64, ..Resident::default() };
    let columns = Resident { mean: address(&mean), deviation: address(&deviation), ..plain };
    for data in [plain, columns, Resident { threshold: true, ..columns }, Resident { dynamic: true, ..plain }] {
        let x: Vec<Vec<f32>> = (0..n as u32)
            .map(|position| {
                let row = order.get(u64::from(position)) as usize;
                let mut x: Vec<f32> = (0..width).map(|c| table[usize::from(bytes[row * width + c])]).collect();
                if data.mean != 0 {
                    x.iter_mut().zip(mean.iter().zip(&deviation)).for_each(|(x, (mean, d))| *x = (*x - mean) / d);
                }
                if data.threshold {
                    x.iter_mut().for_each(|x| *x = if *x >= 0.5 { 1.0 } else { 0.0 });
                }
                if data.dynamic {
                    bernoulli(Key::new(SEED, Stream::Binarize), 0, position, &mut x);
                }
                x
            })
            .collect();
        let epsilon = case.epsilon(0, n);
        let epsilon: Vec<_> = epsilon.chunks(case.net.latent()).map(<[f32]>::to_vec).collect();
        let mut expected = case.start.clone();
        plain::step(&case.net, Case::adam(0), &x, &epsilon, BETA, &mut expected);
        let mut trained = Trained::new(&host, &case.net, &[&case.start], case.sizes(), (Precision::F32, 1));
        trained.step(&[plan(SEED, 0, &order, 0, n, BETA)], &data);
        assert_eq!(bits(&trained.state(0).theta), bits(&expected.theta), "{data:?}");
    }
}

/// A member that diverges keeps its state from before that step; the others go on.
#[test]
fn a_loss_that_is_not_finite_changes_nothing() {
    let Some(host) = host("a_loss_that_is_not_finite_changes_nothing") else { return };
    let case = Case::all().nth(6).unwrap();
    let order = order(case.x.len());
    let floats = laid_out(&case, &order);
    let data = resident(&floats, &order);
    let mut broken = case.start.clone();
    broken.theta[case.net.output.bias] = f32::NAN;
    let mut trained = Trained::new(&host, &case.net, &[&broken, &case.start], case.sizes(), (Precision::F32, 1));
    for number in 0..2 {
        let plan = plan(SEED, number, &order, 0, case.examples, BETA);
        let terms = trained.step(&[plan, plan], &data);
        assert!(terms[0].reconstruction.is_nan() && terms[1].reconstruction.is_finite());
    }
    assert_eq!(trained.failed(), [1, 0]);
    assert_eq!(bits(&trained.state(0).theta), bits(&broken.theta));
    assert_ne!(bits(&trained.state(1).theta), bits(&case.start.theta));
}

/// Locks the kernels, for one test at a time; `None`, and a line in the test runner's log, if they cannot run here.
fn host(name: &str) -> Option<MutexGuard<'static, Host>> {
    static HOST: OnceLock<Result<Mutex<Host>, String>> = OnceLock::new();
    let reason = match HOST.get_or_init(|| compile().map(Mutex::new)) {
        Ok(host) => return Some(host.lock().unwrap_or_else(PoisonError::into_inner)),
        Err(reason) => reason,
    };
    let is_required = std::env::var("VAE_NATIVE_TOOLS").is_ok_and(|tools| tools == "required");
    assert!(!is_required, "{reason}");
    if let Some(log) = std::env::var_os("VAE_NATIVE_SKIPPED_LOG") {
        let mut log = std::fs::OpenOptions::new().append(true).create(true).open(log).unwrap();
        writeln!(log, "{name}: {reason}").unwrap();
    }
    None
}
