//! JavaScript binding of a classifier.
use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, Float32Array, Int32Array};
use napi_derive::napi;
use vae_core::analysis::classifier::{Classifier, ClassifierOptions, Verdict};

use crate::dataset::NativeDataset;
use crate::job::{Job, parse, promise, thrown};
use crate::task::NativeTask;

#[napi]
pub struct NativeClassifier {
    classifier: Arc<Classifier>,
}

#[napi(object)]
pub struct NativeVerdict {
    pub labels: Int32Array,
    pub confidence: Float32Array,
    pub mean: f64,
}

/// Trains a classifier on the labels of `data`.
#[napi(ts_return_type = "Promise<NativeClassifier>", catch_unwind)]
pub fn train_classifier(
    data: &NativeDataset,
    options: String,
    task: &NativeTask,
) -> napi::Result<AsyncTask<Job<Classifier, NativeClassifier>>> {
    let options = ClassifierOptions::from_json(&parse(&options)?).map_err(thrown)?;
    let data = data.inner.clone();
    let task = task.inner.clone();
    let work = move || Classifier::train(&data, &options, &task);
    Ok(promise(work, |classifier| NativeClassifier { classifier: Arc::new(classifier) }))
}

#[napi]
impl NativeClassifier {
    /// Classifies these examples.
    #[napi(ts_return_type = "Promise<NativeVerdict>", catch_unwind)]
    pub fn classify(
        &self,
        data: &NativeDataset,
        task: &NativeTask,
    ) -> napi::Result<AsyncTask<Job<Verdict, NativeVerdict>>> {
        let classifier = Arc::clone(&self.classifier);
        let data = data.inner.clone();
        let task = task.inner.clone();
        let work = move || classifier.classify(&data, &task);
        Ok(promise(work, |verdict| {
            let mean = verdict.mean();
            NativeVerdict { labels: verdict.label.into(), confidence: verdict.confidence.into(), mean }
        }))
    }
}
