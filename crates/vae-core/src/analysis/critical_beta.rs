//! The spectrum of the data of a run that has not begun, and with it the critical β.
use crate::base::error::Result;
use crate::base::task::Task;
use crate::base::threads::Threads;
use crate::data::{Dataset, Transform};
use crate::infer::spectrum::Spectrum;
use crate::options::TrainOptions;
use crate::run::prepare::{Prepared, prepare};

/// Computes the spectrum of these data for a run with these options, of which the likelihood and the threads count.
///
/// # Errors
/// Those of [`prepare`]; [`Code::Aborted`](crate::Code::Aborted) if `task` was cancelled.
pub fn spectrum_for_run(data: &Dataset, options: TrainOptions, task: &Task) -> Result<Spectrum> {
    let Prepared { data, options, .. } = prepare(data.clone(), None, options)?;
    let transform = Transform::fit(&data);
    Spectrum::of(&data, &transform, options.likelihood, &Threads::new(options.threads), task)
}
