//! Where the next point lies.
use std::collections::HashMap;

use optimizer::distribution::{CategoricalDistribution, Distribution, FloatDistribution};
use optimizer::param::ParamValue;
use optimizer::parameter::ParamId;
use optimizer::sampler::{CompletedTrial, RandomSampler, SobolSampler, TpeSampler};
use serde_json::Value;

use super::history::{Ended, means};
use super::objective::Objective;
use super::space::{Point, Space, Values, same};
use crate::base::error::{Code, Error, Result};

/// How points are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampler {
    /// Every combination of listed values, the last dimension fastest.
    Grid,
    /// Each point by itself.
    Random,
    /// A scrambled Sobol sequence: as even as random points are not.
    QuasiRandom,
    /// A tree-structured Parzen estimator (Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NIPS 2011):
    /// ten random points, then where good points have been and bad ones have not, in each dimension by itself.
    Tpe,
}

impl Sampler {
    pub(super) const NAMES: [(&str, Self); 4] =
        [("grid", Self::Grid), ("random", Self::Random), ("quasi-random", Self::QuasiRandom), ("tpe", Self::Tpe)];

    pub(super) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, sampler)| *sampler == self).map_or("", |(name, _)| name)
    }
}

/// Of the points, this part counts as good.
const GOOD: f64 = 0.1;
/// σ of the kernels around points, on the unit interval.
const BANDWIDTH: f64 = 0.07;
/// Of so many draws from the density of good points the one is taken that is least like the others.
///
/// The crate's kernels know no ends and no prior, and so the ratio of good to bad is largest where no point has been: with
/// its own settings (24 draws, a bandwidth by Scott's rule, a quarter good) it goes to the corners. On four functions of
/// two and three dimensions, 60 points, 40 seeds, it was two to four times as far from the best as random points; with
/// these settings 2 to 50 times nearer than those, which is as near as Optuna's TPE.
const CANDIDATES: usize = 2;

/// The point `number` (from 0) of a search: the same whenever it is asked for, as long as the history is.
///
/// # Errors
/// [`Code::Internal`] if the space has a range and the sampler is a grid, which a plan has refused.
pub fn suggest(
    space: &Space,
    sampler: Sampler,
    objective: Objective,
    seed: u64,
    number: usize,
    history: &[Ended],
) -> Result<Point> {
    // A sampler of the crate derives all that it draws from the seed, the number and how often it was called before. So a
    // new one for each point gives the same as one that has lived on, and there is no state to keep.
    let source: Box<dyn optimizer::sampler::Sampler> = match sampler {
        Sampler::Grid => return grid_point(space, number),
        Sampler::Random => Box::new(RandomSampler::with_seed(seed)),
        // It takes 32 bits.
        Sampler::QuasiRandom => Box::new(SobolSampler::with_seed(seed ^ (seed >> 32))),
        Sampler::Tpe => {
            let built = TpeSampler::builder()
                .gamma(GOOD)
                .kde_bandwidth(BANDWIDTH)
                .n_ei_candidates(CANDIDATES)
                .seed(seed)
                .build();
            Box::new(built.map_err(|error| Error::new(Code::Internal, format!("no TPE sampler: {error}")))?)
        }
    };
    let known = if sampler == Sampler::Tpe { means(history) } else { Vec::new() };
    Ok(space.point(|i, values| {
        let distribution = distribution(values);
        let trials = within(&space.dimensions[i].name, values, &distribution, objective, &known);
        match (source.sample(&distribution, number as u64, &trials), values) {
            (ParamValue::Categorical(k), Values::Listed(list)) => list[k.min(list.len() - 1)].clone(),
            (ParamValue::Float(u), Values::Range(range)) => range.at(u),
            // The crate answers a distribution with a value of its kind.
            _ => values.ends().swap_remove(0),
        }
    }))
}

/// A dimension as the crate knows it: choices by number, and a range as the unit interval, on which [`Range`] lies.
///
/// [`Range`]: super::Range
fn distribution(values: &Values) -> Distribution {
    match values {
        Values::Listed(list) => Distribution::Categorical(CategoricalDistribution { n_choices: list.len() }),
        Values::Range(_) => {
            Distribution::Float(FloatDistribution { low: 0.0, high: 1.0, log_scale: false, step: None })
        }
    }
}

/// What is known, seen in one dimension: the crate tells dimensions apart by their distributions alone, and two may be
/// alike. Values that were added by hand and are none of the dimension's are left out.
fn within(
    name: &str,
    values: &Values,
    distribution: &Distribution,
    objective: Objective,
    known: &[(&Point, f64)],
) -> Vec<CompletedTrial> {
    let place = |value: &Value| match values {
        Values::Listed(list) => Some(ParamValue::Categorical(list.iter().position(|listed| same(listed, value))?)),
        Values::Range(range) => {
            let number = value.as_f64().filter(|number| range.contains(*number))?;
            Some(ParamValue::Float(range.place(number)))
        }
    };
    let trial = |(number, (point, value)): (usize, &(&Point, f64))| {
        let id = ParamId::new();
        let params = HashMap::from([(id, place(point.get(name)?)?)]);
        let distributions = HashMap::from([(id, distribution.clone())]);
        Some(CompletedTrial::new(number as u64, params, distributions, HashMap::new(), objective.cost(*value)))
    };
    known.iter().enumerate().filter_map(trial).collect()
}

/// The number written with the lengths of the lists as its bases.
fn grid_point(space: &Space, mut number: usize) -> Result<Point> {
    let mut choices = Vec::new();
    for dimension in space.dimensions.iter().rev() {
        let Values::Listed(list) = &dimension.values else {
            return Err(Error::new(Code::Internal, "a grid of a range"));
        };
        choices.push(list[number % list.len()].clone());
        number /= list.len();
    }
    Ok(space.point(|_, _| choices.pop().unwrap_or_default()))
}
