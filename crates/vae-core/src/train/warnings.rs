//! Warnings of a run: a code, and a sentence that names the remedy.
use super::trainer::Trainer;
use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;
use crate::infer::evaluate::Evaluation;
use crate::infer::forecast::Forecast;
use crate::model::posterior::Family;
use crate::objective::losses::Losses;

/// KL in nats below which a model or a dimension counts as empty.
const EMPTY: f64 = 0.05;
const EMPTY_DIMENSION: f64 = 0.01;
/// Epochs that a model needs to settle which dimensions it uses.
const SETTLING_EPOCHS: u64 = 5;

impl Trainer {
    /// Critical β, above which a model collapses, estimated from samples of these data. Known only for the true KL of
    /// a gaussian posterior, and reported only before the first step.
    ///
    /// # Errors
    /// [`Code::Aborted`](crate::Code::Aborted) if `token` was cancelled.
    pub fn critical_beta(&self, token: &CancelToken) -> Result<Option<Forecast>> {
        let options = &self.metadata.options;
        let is_known = options.posterior == Family::Gaussian && !options.estimator.is_keras_slip();
        if !is_known || self.state.step > 0 {
            return Ok(None);
        }
        Forecast::from_data(&self.data, &self.transform, options.likelihood, &self.threads, token).map(Some)
    }

    /// Warning if β is above the critical value and its error. Only a constant β allows a prediction.
    pub fn collapse_predicted(&self, forecast: Forecast) -> Option<String> {
        let beta = self.state.beta;
        let Forecast { critical_beta, examples, .. } = forecast;
        let source =
            if examples < self.data.len() { format!(" (estimated from {examples} examples)") } else { String::new() };
        (self.state.rule.is_none() && forecast.is_exceeded_by(beta)).then(|| {
            format!(
                "posterior collapse ahead: beta {beta} is above {critical_beta:.3}{source}, from where on z is not worth its KL \
                 on these data, and every sample will be their mean; lower `beta`"
            )
        })
    }

    /// Warning if validation values lie beyond the range of the training set, reported before the first step.
    pub fn clamped_values(&self) -> Option<String> {
        let validation = self.validation().filter(|_| self.state.step == 0)?;
        let clamped = self.transform.clamped(validation);
        let [low, high] = self.transform.range();
        (clamped > 0).then(|| {
            let all = validation.len() * validation.shape().size();
            format!(
                "{clamped} of {all} validation values lie outside [{low}, {high}], the range of the training set, and \
                 count as its ends"
            )
        })
    }

    /// Warnings due at the end of an epoch, each once per run.
    pub(super) fn warnings(&mut self, train: &Losses, validation: Option<&Evaluation>) -> Vec<(&'static str, String)> {
        let mut warnings = Vec::new();
        let epochs = self.epochs_done();
        // With the Keras slip, training minimises another loss than validation measures.
        let is_one_loss = !self.metadata.options.estimator.is_keras_slip();
        let state = &mut self.state;
        let has_kl = self.metadata.options.posterior != Family::Deterministic;
        state.flat = if has_kl && train.kl < EMPTY { state.flat + 1 } else { 0 };
        if state.flat >= 2 {
            let message = format!(
                "posterior collapse: the KL term has been below {EMPTY} nats for {} epochs, so z carries no \
                 information and every sample is the mean of the data; lower `beta` (now {})",
                state.flat, state.beta
            );
            warnings.push(("collapsed", message));
        }
        if let Some(validation) = validation {
            let d = validation.kl_per_dimension.len();
            let dead = validation.kl_per_dimension.iter().filter(|kl| **kl < EMPTY_DIMENSION).count();
            if has_kl && epochs >= SETTLING_EPOCHS && (1..d).contains(&dead) {
                let message = format!(
                    "{dead} of {d} latent dimensions carry less than {EMPTY_DIMENSION} nats: a smaller `latentDim` would \
                     do as well, or a lower `beta` would use them"
                );
                warnings.push(("dead-dimensions", message));
            }
            let rose = state.previous.is_some_and(|(before, validated)| {
                is_one_loss && train.loss < before && validation.losses.loss > validated
            });
            state.rising = if rose { state.rising + 1 } else { 0 };
            if state.rising >= 3 {
                let message = format!(
                    "the validation loss has risen for {} epochs while the training loss fell: the model overfits; \
                     `keep: 'best'` or `earlyStopping` would end with the better one",
                    state.rising
                );
                warnings.push(("overfitting", message));
            }
        }
        warnings.retain(|(code, _)| !state.warned.iter().any(|warned| warned == code));
        state.warned.extend(warnings.iter().map(|(code, _)| (*code).to_owned()));
        warnings
    }
}
