//! The reference engine gives the same bits on any number of threads: candle's products divide their outputs among
//! threads, not their sums, and Adam's loop has chunks of fixed size.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used)]
mod testing;

use serde_json::{Value, json};
use vae_core::data::Dataset;
use vae_core::files::metadata::ModelMetadata;
use vae_core::files::model_file::StoredModel;
use vae_core::train::trainer::Trainer;
use vae_core::{Compute, TrainOptions};

use testing::{bits, options};

#[test]
fn training_gives_the_same_bits_on_any_number_of_threads() {
    let data = Dataset::digits(300, 1).unwrap();
    let cases: [Value; 4] = [
        json!({ "latentDim": 20 }),
        json!({ "hiddenDims": [100, 33], "estimator": { "type": "reparameterization", "samples": 5 } }),
        json!({ "hiddenDims": [64], "estimator": { "type": "score-function", "samples": 2, "baseline": true } }),
        json!({
            "hiddenDims": [64], "activation": "softplus", "posterior": "laplace",
            "likelihood": { "type": "gaussian", "variance": "learned" },
        }),
    ];
    for case in cases {
        let train = |threads: usize| {
            let compute = Compute { reference: true, ..Compute::default() };
            let options = TrainOptions { threads: Some(threads), compute, ..options(case.clone()) };
            let mut trainer = Trainer::new(ModelMetadata::new(&data, &options), data.clone(), None, None).unwrap();
            let losses: Vec<u64> = (0..4).map(|_| trainer.step().unwrap().0.loss.to_bits()).collect();
            let StoredModel { theta, training, .. } = trainer.checkpoint().unwrap();
            let training = training.unwrap();
            (losses, bits(&theta), bits(&training.m), bits(&training.v))
        };
        let expected = train(1);
        for threads in [2, 4] {
            assert_eq!(train(threads), expected, "{case}, {threads} threads");
        }
    }
}
