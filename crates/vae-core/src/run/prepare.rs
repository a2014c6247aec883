//! Preparation of a run: checks everything that can be checked before the first step, before a thread starts.
use std::path::Path;

use serde_json::Value;

use crate::base::error::{Code, Error, Result};
use crate::base::memory::{MEMORY, in_words};
use crate::data::{Dataset, Shape, Transform};
use crate::files::data_record::DataRecord;
use crate::files::model_file::StoredModel;
use crate::model::architecture::{Architecture, NetworkOptions};
use crate::model::likelihood::support::check_values;
use crate::model::vae::Vae;
use crate::options::table::{Change, OPTIONS};
use crate::options::{Keep, TrainOptions};
use crate::run::folder::{RunFolder, checkpoint_path};
use crate::run::fork;
use crate::run::lock::Lock;

/// Inputs of a run.
#[derive(Debug)]
pub struct Prepared {
    /// Options.
    pub options: TrainOptions,
    /// Training set.
    pub data: Dataset,
    /// Validation set.
    pub validation: Option<Dataset>,
    /// Checkpoint to resume, or of the run to fork.
    pub resumed: Option<StoredModel>,
    /// Lock of the run folder.
    pub lock: Option<Lock>,
}

impl Prepared {
    /// Epochs recorded before the run's initial checkpoint, as JSON.
    pub fn history(&self) -> Vec<Value> {
        let training = self.resumed.as_ref().and_then(|stored| stored.training.as_ref());
        match (self.options.fork.as_ref().or(self.options.out.as_ref()), training) {
            (Some(out), Some(training)) => RunFolder::epochs(out, training.state.record_bytes),
            _ => Vec::new(),
        }
    }
}

/// Splits off a validation set: a fraction of the data, or from 1 up a number of examples.
fn split_off(data: &Dataset, part: f64, seed: u64) -> Result<(Dataset, Dataset)> {
    let fraction = if part < 1.0 { part } else { part / data.len() as f64 };
    if fraction >= 1.0 {
        return Err(Error::option("validation")
            .expected(format!("fewer examples than the {} there are", data.len()))
            .received(part));
    }
    data.split(fraction, seed, false)
}

/// Splits off the validation set if requested, and checks that options, data and folder fit together.
///
/// # Errors
/// [`Code::Option`], [`Code::Device`], [`Code::Shape`], [`Code::DataRange`], [`Code::Memory`], [`Code::Checkpoint`],
/// [`Code::Io`].
pub fn prepare(data: Dataset, validation: Option<Dataset>, options: TrainOptions) -> Result<Prepared> {
    options.compute.check()?;
    if data.is_empty() {
        return Err(Error::new(Code::Shape, "data").expected("at least one example").received(0));
    }
    let (data, validation) = match (validation, options.validation) {
        (None, Some(part)) => {
            let (train, held_back) = split_off(&data, part, options.seed)?;
            (train, Some(held_back))
        }
        (validation, _) => (data, validation),
    };
    if validation.is_none() {
        let needed = |option: &str| {
            Error::option(option)
                .expected("a validation set to judge by")
                .received("none")
                .remedy("set `validation`, for example to 0.1")
        };
        if options.keep == Keep::Best {
            return Err(needed("keep"));
        }
        if options.early_stopping.is_some() {
            return Err(needed("earlyStopping"));
        }
    }
    if options.architecture != NetworkOptions::Mlp && data.shape().picture().is_none() {
        return Err(Error::option("architecture")
            .expected("'mlp' for examples that are no pictures")
            .received(format!("a convolutional one for vectors of {}", data.shape().size())));
    }
    check_memory(&options, data.shape())?;
    let transform = Transform::fit_for(&data, options.likelihood.needs_unit_interval());
    check_values("data", &data, &transform, options.likelihood)?;
    let validation = validation.map(|validation| validation.with_columns_of(data.table())).transpose();
    let validation = validation.map_err(|error| error.with_option("validation"))?;
    if let Some(validation) = &validation {
        if validation.shape() != data.shape() {
            return Err(Error::new(Code::Shape, "the examples have another shape than those of the training set")
                .with_option("validation")
                .expected(data.shape())
                .received(validation.shape()));
        }
        check_values("validation", validation, &transform, options.likelihood)?;
    }
    let forked = match &options.fork {
        Some(of) => Some(checked(fork::stored(of)?, of, &options, &data)?),
        None => None,
    };
    let Some(out) = &options.out else { return Ok(Prepared { options, data, validation, resumed: None, lock: None }) };
    if !options.resume {
        RunFolder::check_free(out)?;
    }
    // Locked before the checkpoint is read, so that no other process continues the run in between.
    let lock = Lock::take(out)?;
    let resumed = match (forked, RunFolder::stored(&lock)?) {
        (None, Some(stored)) => Some(checked(stored, out, &options, &data)?),
        (forked, _) => forked,
    };
    Ok(Prepared { options, data, validation, resumed, lock: Some(lock) })
}

/// Returns the folder's checkpoint if the run can resume from it.
fn checked(stored: StoredModel, folder: &Path, options: &TrainOptions, data: &Dataset) -> Result<StoredModel> {
    check_same_run(&stored, options, data).map_err(|error| error.path(checkpoint_path(folder)))?;
    Ok(stored)
}

fn check_memory(options: &TrainOptions, shape: &Shape) -> Result<()> {
    let (model, layout) = Vae::new(&options.architecture(shape));
    let rows = options.batch_size as u128 * options.estimator.samples() as u128;
    let numbers = (model.network().activations() + model.input()) as u128;
    // θ, gradient, m, v, the last good copy; and each activation with its gradient, doubled while autograd keeps them.
    let bytes = 4 * (5 * layout.len() as u128 + 4 * rows * numbers);
    if bytes <= u128::from(MEMORY) {
        return Ok(());
    }
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    Err(Error::new(Code::Memory, "the model and one batch would not fit into memory")
        .expected(format!("at most {}", in_words(MEMORY)))
        .received(in_words(bytes))
        .remedy("lower `hiddenDims`, `latentDim`, `batchSize` or `estimator.samples`"))
}

/// Checks that options and data equal those of the stored run: with others it would be another run.
fn check_same_run(stored: &StoredModel, options: &TrainOptions, data: &Dataset) -> Result<()> {
    let (run, free) = match options.fork {
        Some(_) => ("the run to fork", Change::OnFork),
        None => ("the run to continue", Change::OnResume),
    };
    for row in OPTIONS.iter().filter(|row| row.change < free) {
        let (before, now) = ((row.write)(&stored.metadata.options), (row.write)(options));
        if row.is_same(&before, &now) {
            continue;
        }
        let show = |json: &Value| match json.as_f64() {
            Some(number) => number.to_string(), // 1 rather than JSON's 1.0
            None if json.is_null() => "none".to_owned(),
            None => json.to_string(),
        };
        return Err(Error::new(Code::Checkpoint, format!("{run} was started with another option"))
            .with_option(row.name)
            .expected(show(&before))
            .received(show(&now))
            .remedy("continue with the same options, or start a new run in another folder"));
    }
    // Files of older versions record the preprocessing with the model alone.
    let metadata = &stored.metadata;
    let before = DataRecord { preprocessing: Some(metadata.preprocessing.clone()), ..metadata.data.clone() };
    before.check(&DataRecord::from_data(data), run, "data")?;
    if stored.training.is_none() {
        return Err(Error::new(Code::Checkpoint, "the file is a finished model, not a checkpoint"));
    }
    let (_, layout) =
        Vae::new(&Architecture { condition: data.condition_width(), ..options.architecture(data.shape()) });
    if layout.len() != stored.theta.len() {
        return Err(Error::new(Code::Checkpoint, "the checkpoint's parameters do not fit these data")
            .expected(layout.len())
            .received(stored.theta.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::check_same_run;
    use crate::TrainOptions;
    use crate::data::{Dataset, Preprocessing, Shape};
    use crate::files::metadata::ModelMetadata;
    use crate::train::trainer::Trainer;

    fn options(low: f64, high: f64) -> TrainOptions {
        let prior = json!({ "low": low, "high": high });
        TrainOptions::from_json(&json!({ "posterior": "uniform", "prior": prior, "hiddenDims": [], "device": "cpu" }))
            .unwrap()
    }

    /// For 276 of these 1830 intervals, location ∓ scale of location ∓ scale is not location ∓ scale in floats.
    #[test]
    fn a_run_with_any_interval_continues_from_its_own_record_and_from_an_earlier_one() {
        let data = Dataset::from_f32(vec![0.0, 1.0], Shape::new(vec![1]).unwrap(), None, &Preprocessing::default());
        let data = data.unwrap();
        let metadata = ModelMetadata::new(&data, &options(-1.0, 1.0));
        let mut stored = Trainer::new(metadata, data.clone(), None, None).unwrap().checkpoint().unwrap();
        let mut drifted = 0;
        for (low, high) in (-30..=30).flat_map(|low| (low + 1..=30).map(move |high| (low, high))) {
            let (low, high) = (f64::from(low) / 10.0, f64::from(high) / 10.0);
            let now = options(low, high);
            stored.metadata.options = TrainOptions::from_json(&now.persisted_options()).unwrap();
            assert_eq!(stored.metadata.options, now);
            check_same_run(&stored, &now, &data).unwrap();
            // As versions up to 0.1.0 wrote it.
            let (location, scale) = ((low + high) / 2.0, (high - low) / 2.0);
            let written = (location - scale, location + scale);
            stored.metadata.options = options(written.0, written.1);
            check_same_run(&stored, &now, &data).unwrap();
            check_same_run(&stored, &stored.metadata.options, &data).unwrap();
            let (location, scale) = ((written.0 + written.1) / 2.0, (written.1 - written.0) / 2.0);
            drifted += u32::from((location - scale, location + scale) != written);
            stored.metadata.options = options(low, high + 0.05);
            assert_eq!(check_same_run(&stored, &now, &data).unwrap_err().option.as_deref(), Some("prior"));
        }
        assert_eq!(drifted, 276);
    }
}
