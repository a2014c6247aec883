//! Conditions of examples, through data, training, files, and every call on the trained model.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use serde_json::json;
use vae_core::data::Dataset;
use vae_core::files::metadata::ModelMetadata;
use vae_core::files::model_file;
use vae_core::infer::score::ScoreBy;
use vae_core::infer::vae::{BatchOptions, DrawFrom, Latent, Output, TrainedVae};
use vae_core::train::trainer::Trainer;
use vae_core::{CancelToken, Code, Compute};

use testing::options;

const CLASSES: usize = 10;

/// Digits with their labels as one-hot conditions.
fn labelled(n: usize) -> Dataset {
    let data = Dataset::digits(n, 1).unwrap();
    let labels = data.labels().unwrap();
    let one_hot: Vec<f32> =
        labels.iter().flat_map(|&label| (0..CLASSES).map(move |class| f32::from(class == label as usize))).collect();
    data.with_condition(&one_hot, CLASSES).unwrap()
}

#[test]
fn a_view_keeps_the_conditions_of_its_rows() {
    let data = labelled(30);
    let (train, held_out) = data.split(0.3, 1, false).unwrap();
    for part in [&train, &held_out, &data.slice(5, 12).unwrap(), &data.where_label(3).unwrap()] {
        assert_eq!(part.condition_width(), CLASSES);
        for row in 0..part.len() {
            let condition = part.condition(row).unwrap();
            assert_eq!(condition.iter().position(|&one| one == 1.0), Some(part.label(row).unwrap() as usize));
        }
    }
    let error = data.with_condition(&[0.0; 7], 2).unwrap_err();
    assert_eq!(error.to_string(), "the condition does not fit the examples: expected 30 × 2 finite numbers, got 7.");
}

#[test]
fn a_conditional_model_trains_is_kept_and_decodes_by_its_condition() {
    let data = labelled(400);
    let folder = tempfile::tempdir().unwrap();
    let settings = json!({ "latentDim": 2, "hiddenDims": [32], "batchSize": 50, "learningRate": 5e-3, "threads": 2 });
    let mut trainer = Trainer::new(ModelMetadata::new(&data, &options(settings)), data.clone(), None, None).unwrap();
    assert_eq!(trainer.engine().path, Err("a model with a condition has no fused form"));
    for _ in 0..240 {
        trainer.step().unwrap();
    }
    assert!(trainer.probe(8).unwrap().samples.iter().all(|value| value.is_finite()));
    let path = folder.path().join("model.safetensors");
    model_file::write(&path, &trainer.result().unwrap()).unwrap();
    let vae = TrainedVae::new(model_file::read(&path).unwrap(), Some(2), Compute::default()).unwrap();
    let token = CancelToken::new();
    let condition = |label: usize| {
        let mut one_hot = [0.0; CLASSES];
        one_hot[label] = 1.0;
        one_hot
    };
    // The same code, decoded as a 0 and as a 1, is nearer to the mean picture of its own label.
    let means: Vec<Vec<f32>> = [0, 1].map(|label| mean_picture(&data.where_label(label).unwrap())).into();
    for (label, own) in means.iter().enumerate() {
        let picture =
            vae.decode(&[0.0, 0.0], Some(&condition(label)), Output::Mean, 1, BatchOptions::default(), &token).unwrap();
        let other = &means[1 - label];
        assert!(distance(&picture, own) < distance(&picture, other), "label {label}");
        let sampled =
            vae.sample(1, Some(&condition(label)), &DrawFrom::default(), 1, BatchOptions::default(), &token).unwrap();
        assert!(distance(&sampled, own) < distance(&sampled, other), "label {label}");
    }
    let some = data.slice(0, 20).unwrap();
    let evaluation = vae.evaluate(&some, Some(2), None, &token).unwrap();
    let scores = vae.score(&some, ScoreBy::Elbo, true, 1, &token).unwrap();
    let bound = vae.log_likelihood(&some, 20, 1, &token).unwrap();
    println!("ELBO {}, K = 20 {}", evaluation.losses.elbo, bound.mean);
    assert!(bound.mean > evaluation.losses.elbo - 1.0 && scores.per_example.len() == 20);
    assert_eq!(vae.reconstruct(&some, Latent::Mean, 1, BatchOptions::default(), &token).unwrap().len(), 20 * 784);
    // Calls without the condition are refused.
    let error = vae.decode(&[0.0, 0.0], None, Output::Mean, 1, BatchOptions::default(), &token).unwrap_err();
    assert_eq!(error.to_string(), "the conditions do not fit the latent codes: expected 10, got 0.");
    let error = vae.encode(&Dataset::digits(20, 1).unwrap(), None, &token).unwrap_err();
    assert_eq!((error.code, error.received.as_deref()), (Code::Shape, Some("0")));
}

fn mean_picture(data: &Dataset) -> Vec<f32> {
    let transform = vae_core::data::Transform::fit(data);
    let all = data.to_f32(&transform);
    (0..784).map(|i| all.iter().skip(i).step_by(784).sum::<f32>() / data.len() as f32).collect()
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
