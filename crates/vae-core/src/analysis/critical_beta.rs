//! Spectrum and critical β of data, before a run.
use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;
use crate::base::threads::Threads;
use crate::data::{Dataset, Transform};
use crate::infer::spectrum::Spectrum;
use crate::options::TrainOptions;
use crate::run::prepare::{Prepared, prepare};

/// Computes the spectrum of these data for a run with these options; only likelihood and threads matter.
///
/// # Errors
/// Errors of [`prepare`]; [`Code::Aborted`](crate::Code::Aborted) if `token` is cancelled.
pub fn spectrum_for_run(data: &Dataset, options: TrainOptions, token: &CancelToken) -> Result<Spectrum> {
    let Prepared { data, options, .. } = prepare(data.clone(), None, options)?;
    let transform = Transform::fit_for(&data, options.likelihood.needs_unit_interval());
    Spectrum::from_data(&data, &transform, options.likelihood, &Threads::new(options.threads), token)
}
