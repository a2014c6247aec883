//! A variational autoencoder on one page: data, model, objective, Adam, loop.
//!
//! ```sh
//! cargo run --release -p vae-core --example train_digits
//! ```
//!
//! Letters as in "Understanding the ELBO in VAEs and β-VAEs": N examples x of D pixels, B in a batch, d latent dimensions.
#![allow(clippy::print_stdout, reason = "it shows its progress")]

use candle_core::{DType, Device, Tensor};
use vae_core::Result;
use vae_core::data::{Dataset, Transform};
use vae_core::model::architecture::Architecture;
use vae_core::model::pass::{Batch, Pass, Surroundings};
use vae_core::model::vae::Vae;
use vae_core::nn::initialization::Initialization;
use vae_core::nn::parameters::Vars;
use vae_core::objective::Objective;
use vae_core::objective::elbo::Elbo;
use vae_core::objective::weights::Weights;
use vae_core::optim::adam::{Adam, AdamOptions};
use vae_kernels::Permutation;
use vae_kernels::noise::{Key, Stream, fill_normals};

const SEED: u64 = 1;
const N: usize = 2000;
const B: usize = 50;
const BETA: f64 = 1.0;
const LEARNING_RATE: f64 = 1e-3;

fn main() -> Result<()> {
    for (epoch, elbo) in (1..).zip(train(20)?) {
        println!("epoch {epoch:2}  ELBO {elbo:.1} nats");
    }
    Ok(())
}

/// Trains a 784-400-2-400-784 VAE on the built-in digits and returns the mean ELBO of each epoch.
fn train(epochs: u64) -> Result<Vec<f64>> {
    // Data: bytes, scaled to [0, 1] when a batch is gathered.
    let digits = Dataset::digits(N, SEED)?;
    let transform = Transform::fit(&digits);

    // Model: q(z|x) = N(μ, σ²), p(z) = N(0, I), p(x|z) Bernoulli; θ holds its parameters.
    let architecture = Architecture { hidden: vec![400], ..Architecture::new(digits.shape().clone(), 2) };
    let (vae, layout) = Vae::new(&architecture);
    let theta = Vars::new(&layout, &Initialization::Torch.draw(&layout, SEED), DType::F32, &Device::Cpu)?;

    // Objective and optimiser.
    let objective = Elbo { draws: 1, monte_carlo: false };
    let surroundings = Surroundings { population: N, second_batch: &|| candle_core::bail!("unused by the ELBO") };
    let mut adam = Adam::new(&layout);

    let mut step = 0;
    let mut elbos = Vec::new();
    for epoch in 0..epochs {
        let order = Permutation::new(Key::new(SEED, Stream::Shuffle), epoch, N as u64);
        let mut elbo = 0.0;
        for first in (0..N as u64).step_by(B) {
            let batch = Batch::new(gather(&digits, &transform, (first..).take(B).map(|i| order.get(i) as usize))?);
            let epsilon = noise(step, vae.latent())?;
            // x → q(z|x) → z = μ + σ·ε → p(x|z) (eq. 8), then reconstruction + β·KL (eq. 12).
            let pass = Pass::new(&vae, &theta, &batch, &epsilon, false, &surroundings)?;
            let terms = objective.terms(&pass, Weights::new(BETA), None)?;
            step += 1;
            adam.update(&theta, &terms.surrogate.backward()?, AdamOptions::default().constants(LEARNING_RATE, step))?;
            elbo -= terms.sums.reconstruction + terms.sums.kl;
        }
        elbos.push(elbo / N as f64);
    }
    Ok(elbos)
}

/// x (B, D): these rows of the data.
fn gather(data: &Dataset, transform: &Transform, rows: impl Iterator<Item = usize>) -> Result<Tensor> {
    let mut x = vec![0.0; B * data.shape().size()];
    data.gather(&rows.collect::<Vec<_>>(), transform, &mut x);
    Ok(Tensor::from_vec(x, (B, data.shape().size()), &Device::Cpu)?)
}

/// ε (B, d) of a step, from N(0, I): a function of the seed and the step.
fn noise(step: u64, d: usize) -> Result<Tensor> {
    let mut epsilon = vec![0.0; B * d];
    fill_normals(Key::new(SEED, Stream::Noise), step, 0, d, &mut epsilon);
    Ok(Tensor::from_vec(epsilon, (B, d), &Device::Cpu)?)
}

#[test]
fn the_elbo_rises() {
    let elbos = train(3).expect("no device error");
    assert!(elbos.is_sorted() && elbos[2] > -190.0, "{elbos:?}");
}
