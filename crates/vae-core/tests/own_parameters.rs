//! An objective with its own parameters and a separate loss for them: a discriminator between z ~ q(z|x) and the same
//! with each column shuffled separately, whose logit estimates the total correlation (FactorVAE, Kim and Mnih 2018).
//! Implemented here, outside the library, to show that the library needs no change for it.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use std::sync::Arc;

use candle_core::{Result, Tensor};
use serde_json::json;
use vae_core::TrainOptions;
use vae_core::data::Dataset;
use vae_core::files::metadata::ModelMetadata;
use vae_core::files::model_file::{self, StoredModel};
use vae_core::model::pass::Pass;
use vae_core::model::vae::Vae;
use vae_core::nn::initialization::Initialization;
use vae_core::nn::linear::Linear;
use vae_core::nn::ops::{softplus, values_f64};
use vae_core::nn::parameters::{Layout, Vars};
use vae_core::objective::weights::Weights;
use vae_core::objective::{FusedElbo, Objective, Own, Terms};
use vae_core::train::trainer::Trainer;

use testing::{bits, options};

const WIDTH: usize = 16;

/// reconstruction + KL + γ · mean logit.
#[derive(Debug)]
struct Discriminated {
    layers: [Linear; 2],
    layout: Layout,
    gamma: f64,
}

impl Discriminated {
    fn new(latent: usize, gamma: f64) -> Self {
        let mut layout = Layout::default();
        let layers = [
            Linear::new(&mut layout, "discriminator.0", latent, WIDTH),
            Linear::new(&mut layout, "discriminator.1", WIDTH, 1),
        ];
        Self { layers, layout, gamma }
    }

    fn logit(&self, z: &Tensor, vars: &Vars) -> Result<Tensor> {
        self.layers[1].forward(&self.layers[0].forward(z, vars)?.tanh()?, vars)
    }
}

impl Objective for Discriminated {
    fn terms(&self, pass: &Pass, weights: Weights, own: Option<&Vars>) -> Result<Terms> {
        let own = own.expect("an objective gets its own parameters");
        // The model's loss: the discriminator is constant.
        let total_correlation = self.logit(&pass.z, &own.detached())?.mean_all()?;
        let mut terms = Terms::from_bound(pass, &pass.kl()?, weights)?;
        terms.surrogate = (terms.surrogate + (&total_correlation * self.gamma)?)?;
        // The discriminator's loss: codes of a second batch, each column rotated by another number of rows.
        let second = (pass.surroundings.second_batch)()?;
        let z = pass.model.encode(&second.x, None, pass.vars)?.sample(pass.epsilon)?.detach();
        let rows = z.dim(0)?;
        let column = |j: usize| {
            let rolled: Vec<u32> = (0..rows).map(|row| ((row + 7 * j) % rows) as u32).collect();
            z.narrow(1, j, 1)?.contiguous()?.index_select(&Tensor::from_vec(rolled, rows, z.device())?, 0)
        };
        let shuffled = Tensor::cat(&(0..z.dim(1)?).map(column).collect::<Result<Vec<_>>>()?, 1)?;
        let real = softplus(&self.logit(&pass.z.detach(), own)?.neg()?)?;
        let fake = softplus(&self.logit(&shuffled, own)?)?;
        let loss = ((real.mean_all()? + fake.mean_all()?)? * 0.5)?;
        terms.report("discriminator", values_f64(&loss)?[0]);
        terms.own = Some(loss);
        Ok(terms)
    }

    fn fused(&self) -> std::result::Result<FusedElbo, &'static str> {
        Err("a discriminator has no fused form")
    }

    fn own(&self) -> Option<Own> {
        let initial = Initialization::Torch.draw(&self.layout, 5);
        Some(Own { layout: self.layout.clone(), initial, learning_rate: 1e-2, betas: (0.5, 0.9) })
    }
}

fn settings() -> TrainOptions {
    options(json!({ "latentDim": 3, "hiddenDims": [16], "batchSize": 32, "threads": 2, "learningRate": 3e-3 }))
}

fn trainer(data: &Dataset, gamma: f64, from: Option<StoredModel>) -> Trainer {
    let options = settings();
    let model = Vae::new(&options.architecture(data.shape()));
    let objective = Arc::new(Discriminated::new(options.latent_dim, gamma));
    Trainer::with(ModelMetadata::new(data, &options), model, objective, (data.clone(), None), from).unwrap()
}

#[test]
fn own_parameters_follow_their_own_loss_and_are_in_the_checkpoint() {
    let data = Dataset::digits(200, 1).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let steps = 25;
    let path = folder.path().join("checkpoint.safetensors");
    let mut whole = trainer(&data, 2.0, None);
    assert_eq!(whole.engine().path, Err("a discriminator has no fused form"));
    let mut pieces = trainer(&data, 2.0, None);
    let before = pieces.checkpoint().unwrap().training.unwrap().own;
    let mut losses = Vec::new();
    for step in 0..steps {
        let (found, _) = whole.step().unwrap();
        losses.push(found.extra["discriminator"]);
        assert_eq!(pieces.step().unwrap().0, found, "step {step}");
        if step % 10 == 9 {
            model_file::write(&path, &pieces.checkpoint().unwrap()).unwrap();
            pieces = trainer(&data, 2.0, Some(model_file::read(&path).unwrap()));
        }
    }
    println!("the discriminator's loss: {losses:?}");
    let (whole, pieces) = (whole.checkpoint().unwrap(), pieces.checkpoint().unwrap());
    assert_eq!(bits(&whole.theta), bits(&pieces.theta));
    let (own, resumed) = (whole.training.unwrap().own, pieces.training.unwrap().own);
    assert_eq!(own.len(), 4);
    assert_eq!(own, resumed);
    // Every part has changed, with its own moments.
    for (after, before) in own.iter().zip(&before) {
        assert!(after.parts[0] != before.parts[0] && after.parts[1].iter().any(|m| *m != 0.0), "{}", after.name);
    }
}

/// The discriminator's loss must not change the model, nor the model's weight γ the discriminator's first step.
#[test]
fn neither_loss_moves_the_others_parameters() {
    let data = Dataset::digits(100, 1).unwrap();
    let after_one_step = |gamma: f64| {
        let mut trainer = trainer(&data, gamma, None);
        trainer.step().unwrap();
        let StoredModel { theta, training, .. } = trainer.checkpoint().unwrap();
        (bits(&theta), training.unwrap().own)
    };
    let (with, without) = (after_one_step(2.0), after_one_step(0.0));
    assert_ne!(with.0, without.0);
    assert_eq!(with.1, without.1);
    let mut plain = {
        let options =
            TrainOptions { compute: vae_core::Compute { reference: true, ..settings().compute }, ..settings() };
        Trainer::new(ModelMetadata::new(&data, &options), data.clone(), None, None).unwrap()
    };
    plain.step().unwrap();
    assert_eq!(bits(&plain.theta().unwrap()), without.0);
}
