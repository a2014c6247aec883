//! Analyses of data and models.
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use serde_json::json;
use vae_core::TrainOptions;
use vae_core::analysis::critical_beta::spectrum_for_run;
use vae_core::analysis::gradient_variance::{GradientSpread, KnownCase, Measurement};
use vae_core::analysis::latents::LatentQuestion;

use crate::dataset::NativeDataset;
use crate::job::{Job, parse, promise, thrown};
use crate::task::NativeTask;
use crate::vae::NativeVae;

/// The variances of the data in units of β, largest first, as JSON.
#[napi(ts_return_type = "Promise<string>", catch_unwind)]
pub fn spectrum(
    data: &NativeDataset,
    options: String,
    task: &NativeTask,
) -> napi::Result<AsyncTask<Job<String, String>>> {
    let options = TrainOptions::from_json(&parse(&options)?).and_then(TrainOptions::published).map_err(thrown)?;
    let data = data.inner.clone();
    let task = task.inner.clone();
    let work = move || Ok(json!(spectrum_for_run(&data, options, &task)?.eigenvalues).to_string());
    Ok(promise(work, |json| json))
}

/// Variance of the gradient by estimator, as JSON.
#[napi(ts_return_type = "Promise<string>", catch_unwind)]
pub fn gradient_variance(
    vae: &NativeVae,
    data: &NativeDataset,
    options: String,
    task: &NativeTask,
) -> napi::Result<AsyncTask<Job<String, String>>> {
    let vae = vae.vae()?;
    let what = Measurement::from_json(vae.model().latent_space().family, &parse(&options)?).map_err(thrown)?;
    let data = data.inner.clone();
    let task = task.inner.clone();
    let work = move || {
        let one = |GradientSpread { estimator, encoder, decoder, encoder_square }| {
            json!({
                "estimator": estimator.to_json(), "encoder": encoder, "decoder": decoder, "encoderSquare": encoder_square,
            })
        };
        let spreads = vae.gradient_variance(&data, &what, &task)?;
        Ok(json!(spreads.into_iter().map(one).collect::<Vec<_>>()).to_string())
    };
    Ok(promise(work, |json| json))
}

/// Statistics of the latent codes of these examples, as JSON.
#[napi(ts_return_type = "Promise<string>", catch_unwind)]
pub fn latent_statistics(
    vae: &NativeVae,
    data: &NativeDataset,
    options: String,
    task: &NativeTask,
) -> napi::Result<AsyncTask<Job<String, String>>> {
    let vae = vae.vae()?;
    let question = LatentQuestion::from_json(&parse(&options)?).map_err(thrown)?;
    let data = data.inner.clone();
    let task = task.inner.clone();
    let work = move || Ok(vae.latent_statistics(&data, question, &task)?.to_json().to_string());
    Ok(promise(work, |json| json))
}

/// A case with known variances, measured and exact, as JSON.
#[napi(catch_unwind)]
pub fn known_gradient_variance(mean: f64, samples: u32, estimates: u32, seed: f64) -> String {
    let json = |case: KnownCase| {
        let to_json = |(mean, variance)| json!({ "mean": mean, "variance": variance });
        json!({ "reparameterization": to_json(case.reparameterization), "scoreFunction": to_json(case.score_function) })
    };
    let measured = KnownCase::measured(mean, samples as usize, estimates as usize, seed as u64);
    json!({ "measured": json(measured), "exact": json(KnownCase::exact(mean, samples as usize)) }).to_string()
}
