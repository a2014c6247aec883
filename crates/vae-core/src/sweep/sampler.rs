//! Samplers, which choose the next point.
use std::collections::HashMap;

use optimizer::distribution::{CategoricalDistribution, Distribution, FloatDistribution};
use optimizer::param::ParamValue;
use optimizer::parameter::ParamId;
use optimizer::sampler::{CompletedTrial, RandomSampler, SobolSampler, TpeSampler};
use serde_json::Value;

use super::history::{Ended, means};
use super::objective::SweepObjective;
use super::space::{DimensionValues, Point, SearchSpace, same};
use crate::base::error::{Code, Error, Result};

/// Strategy for choosing points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampler {
    /// Every combination of the listed values, the last dimension fastest.
    Grid,
    /// Independent random points.
    Random,
    /// Scrambled Sobol sequence, more even than random points.
    QuasiRandom,
    /// Tree-structured Parzen estimator (Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NIPS 2011):
    /// ten random points, then points in regions of good points and away from bad ones, independently in each
    /// dimension.
    Tpe,
}

impl Sampler {
    pub(super) const NAMES: [(&str, Self); 4] =
        [("grid", Self::Grid), ("random", Self::Random), ("quasi-random", Self::QuasiRandom), ("tpe", Self::Tpe)];

    pub(super) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, sampler)| *sampler == self).map_or("", |(name, _)| name)
    }
}

/// Share of points that count as good.
const GOOD_SHARE: f64 = 0.1;
/// σ of the kernels around points, on the unit interval.
const BANDWIDTH: f64 = 0.07;
/// Number of draws from the density of good points; the one least like the bad points is taken.
///
/// The crate's kernels have neither boundaries nor a prior, so the ratio of good to bad is largest where no point has
/// been: with the crate's own settings (24 draws, a bandwidth by Scott's rule, a quarter good) the search goes to the
/// corners. On four functions of two and three dimensions, 60 points, 40 seeds, it ended two to four times as far from
/// the optimum as random points; with these settings 2 to 50 times nearer than random points, as near as Optuna's TPE.
const CANDIDATES: usize = 2;

/// Point `number` (from 0) of a search, a pure function of its arguments.
///
/// # Errors
/// [`Code::Internal`] if the space has a range and the sampler is a grid; a plan refuses this combination.
pub fn suggest(
    space: &SearchSpace,
    sampler: Sampler,
    objective: SweepObjective,
    seed: u64,
    number: usize,
    history: &[Ended],
) -> Result<Point> {
    // The crate's samplers derive their draws from the seed, the number and the count of earlier calls. A new sampler
    // per point therefore gives the same points as a persistent one, and no state is kept.
    let source: Box<dyn optimizer::sampler::Sampler> = match sampler {
        Sampler::Grid => return grid_point(space, number),
        Sampler::Random => Box::new(RandomSampler::with_seed(seed)),
        // The crate takes a seed of 32 bits.
        Sampler::QuasiRandom => Box::new(SobolSampler::with_seed(seed ^ (seed >> 32))),
        Sampler::Tpe => {
            let built = TpeSampler::builder()
                .gamma(GOOD_SHARE)
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
            (ParamValue::Categorical(k), DimensionValues::Listed(list)) => list[k.min(list.len() - 1)].clone(),
            (ParamValue::Float(u), DimensionValues::Range(range)) => range.at(u),
            // Unreachable: the crate returns a value of the distribution's kind.
            _ => values.ends().swap_remove(0),
        }
    }))
}

/// Crate's distribution for a dimension: choices by index, and the unit interval for a [`Range`].
///
/// [`Range`]: super::Range
fn distribution(values: &DimensionValues) -> Distribution {
    match values {
        DimensionValues::Listed(list) => Distribution::Categorical(CategoricalDistribution { n_choices: list.len() }),
        DimensionValues::Range(_) => {
            Distribution::Float(FloatDistribution { low: 0.0, high: 1.0, log_scale: false, step: None })
        }
    }
}

/// Known trials, restricted to one dimension: the crate identifies dimensions by their distributions alone, and two may
/// be equal. Leaves out values that were added by hand and are not in the dimension.
fn within(
    name: &str,
    values: &DimensionValues,
    distribution: &Distribution,
    objective: SweepObjective,
    known: &[(&Point, f64)],
) -> Vec<CompletedTrial> {
    let place = |value: &Value| match values {
        DimensionValues::Listed(list) => {
            Some(ParamValue::Categorical(list.iter().position(|listed| same(listed, value))?))
        }
        DimensionValues::Range(range) => {
            let number = value.as_f64().filter(|number| range.contains(*number))?;
            Some(ParamValue::Float(range.position(number)))
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

/// Point `number` of the grid: the number's digits, with the list lengths as bases.
fn grid_point(space: &SearchSpace, mut number: usize) -> Result<Point> {
    let mut choices = Vec::new();
    for dimension in space.dimensions.iter().rev() {
        let DimensionValues::Listed(list) = &dimension.values else {
            return Err(Error::new(Code::Internal, "a grid of a range"));
        };
        choices.push(list[number % list.len()].clone());
        number /= list.len();
    }
    Ok(space.point(|_, _| choices.pop().unwrap_or_default()))
}
