//! Plan of a sweep: the options of every trial, the dimensions, the sampler and the objective.
use serde::Deserialize;
use serde_json::{Value, json};

use super::history::{Ended, reported};
use super::objective::SweepObjective;
use super::pruner::Pruner;
use super::sampler::{Sampler, suggest};
use super::space::{DimensionValues, MAX_POINTS, Point, SearchSpace, same};
use crate::base::error::{Code, Error, Result};
use crate::base::json_reader::JsonReader;
use crate::base::threads::available;
use crate::data::Dataset;
use crate::engine::device::DeviceHandle;
use crate::files::data_record::DataRecord;
use crate::options::table::{self, Change, OPTIONS};
use crate::options::{MAX_SEED, TrainOptions};
use crate::run::prepare::prepare;

/// Plan of a sweep, with all options validated.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyPlan {
    /// Search space.
    pub space: SearchSpace,
    /// Sampler of the points.
    pub sampler: Sampler,
    /// Number of seeds per point.
    pub seeds: usize,
    /// Number of trials: points times seeds.
    pub trials: usize,
    /// Objective by which trials are compared.
    pub objective: SweepObjective,
    /// Pruner that ends trials early, if any.
    pub pruner: Option<Pruner>,
    /// Number of concurrent trials.
    pub jobs: usize,
    /// First seed, which is also the sampler's.
    pub seed: u64,
    /// Number of compute threads per trial.
    pub threads: usize,
    /// Options of all trials, as given.
    base: Point,
}

/// Options of a sweep besides the training options.
const SWEEP_OPTIONS: [&str; 7] = ["vary", "seeds", "sampler", "trials", "objective", "pruner", "jobs"];

/// Training options that a plan refuses, as each trial has its own folder.
const FOLDERS: [&str; 3] = ["out", "resume", "fork"];

impl StudyPlan {
    /// Reads the options of a sweep and validates every point of a grid, or every listed value and both ends of each
    /// range, so that errors are found before any training.
    ///
    /// # Errors
    /// [`Code::Option`] with the option's path, `vary.beta` for a value that is varied.
    pub fn from_json(json: &Value) -> Result<Self> {
        let of_trials = OPTIONS.iter().map(|row| row.name).filter(|name| !FOLDERS.contains(name));
        let known = of_trials.chain(SWEEP_OPTIONS);
        let fields = JsonReader::new(json, known)?;
        let all = json.as_object().into_iter().flatten();
        let base: Point = all
            .filter(|(name, value)| !SWEEP_OPTIONS.contains(&name.as_str()) && !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let space = SearchSpace::from_json(fields.get("vary").unwrap_or(&json!({})))?;
        if let Some(dimension) = space.dimensions.iter().find(|dimension| base.contains_key(&dimension.name)) {
            let error = fields.refuse(&dimension.name, "nothing, as it is varied");
            return Err(error.remedy("leave out one of the two"));
        }
        let seeds = fields.whole("seeds", 1..=MAX_POINTS as u64)?.map_or(1, |seeds| seeds as usize);
        let sampler = sampler(&fields, &space)?;
        let mut plan = Self {
            sampler,
            seeds,
            trials: trials(&fields, &space, sampler, seeds)?,
            objective: SweepObjective::from_json(&fields)?,
            pruner: Pruner::from_json(&fields)?,
            jobs: 1,
            seed: 0,
            threads: 1,
            base,
            space,
        };
        let first = plan.checked(&plan.space.first())?;
        plan.seed = first.seed;
        let jobs = fields.whole("jobs", 1..=1024)?.map(|jobs| jobs as usize);
        (plan.jobs, plan.threads) = shares(&first, jobs, plan.trials);
        if plan.seed > MAX_SEED - seeds as u64 {
            return Err(fields.refuse("seed", &format!("a whole number that leaves room for {seeds} seeds")));
        }
        plan.check_points()?;
        Ok(plan)
    }

    /// Options of a trial: the common options and its point.
    ///
    /// # Errors
    /// [`Code::Option`] with the path of the faulty option, `vary.beta` for a value of the point.
    pub fn checked(&self, point: &Point) -> Result<TrainOptions> {
        let mut options = self.base.clone();
        options.extend(point.clone());
        TrainOptions::from_json(&options.into()).and_then(TrainOptions::published).map_err(|error| {
            let option = error.option.clone().unwrap_or_default();
            let name = option.split('.').next().unwrap_or_default();
            if point.contains_key(name) { error.with_option(format!("vary.{option}")) } else { error }
        })
    }

    fn check_points(&self) -> Result<()> {
        if self.sampler == Sampler::Grid {
            return (0..self.trials / self.seeds)
                .try_for_each(|number| self.checked(&self.point(number, &[])?).map(drop));
        }
        let first = self.space.first();
        for dimension in &self.space.dimensions {
            for value in dimension.values.ends() {
                let mut point = first.clone();
                point.insert(dimension.name.clone(), value);
                self.checked(&point)?;
            }
        }
        Ok(())
    }

    /// Checks that the first trial can be trained on these data.
    ///
    /// # Errors
    /// Same as [`prepare`].
    pub fn check_data(&self, data: &Dataset, validation: Option<&Dataset>) -> Result<()> {
        prepare(data.clone(), validation.cloned(), self.checked(&self.space.first())?).map(drop)
    }

    /// Point `number`, from 0; each is trained with [`StudyPlan::seeds`] seeds.
    ///
    /// # Errors
    /// Same as [`suggest`].
    pub fn point(&self, number: usize, history: &[Ended]) -> Result<Point> {
        suggest(&self.space, self.sampler, self.objective, self.seed, number, history)
    }

    /// Completes the point of a trial that the user adds: a missing value is the first of its list, or the low end of
    /// its range. Numbers may lie outside the space; words must be in it.
    ///
    /// # Errors
    /// [`Code::Option`] with the name of the faulty option.
    pub fn completed(&self, params: &Value) -> Result<Point> {
        let names = self.space.dimensions.iter().map(|dimension| dimension.name.as_str());
        let fields = JsonReader::within("params", params, names)?;
        let mut point = self.space.first();
        for dimension in &self.space.dimensions {
            let Some(value) = fields.get(&dimension.name) else { continue };
            let is_among = match &dimension.values {
                DimensionValues::Listed(list) if list.iter().all(Value::is_number) => value.is_number(),
                DimensionValues::Listed(list) => list.iter().any(|listed| same(listed, value)),
                DimensionValues::Range(_) => value.is_number(),
            };
            if !is_among {
                return Err(fields.refuse(&dimension.name, &format!("one of {}", dimension.values.in_words())));
            }
            point.insert(dimension.name.clone(), value.clone());
        }
        self.checked(&point)?;
        Ok(point)
    }

    /// True if the trial that reported `[[epoch, value], …]` should end.
    ///
    /// # Errors
    /// [`Code::Internal`] if `json` is not such a list.
    pub fn should_prune(&self, json: &Value, history: &[Ended]) -> Result<bool> {
        let reported =
            reported(json).ok_or_else(|| Error::new(Code::Internal, "the reported values cannot be read"))?;
        Ok(self.pruner.is_some_and(|pruner| pruner.should_prune(self.objective, &reported, history)))
    }

    /// True if a trial depends on earlier results, so that the study depends on the number of concurrent trials.
    pub fn learns(&self) -> bool {
        self.sampler == Sampler::Tpe || self.pruner.is_some()
    }

    /// Plan as JSON, with defaults: stored with a study and compared when it resumes.
    pub fn record(&self, data: &Dataset, validation: Option<&Dataset>) -> Result<Value> {
        let mut options = self.checked(&self.space.first())?.persisted_options();
        let is_varied = |name: &str| self.space.dimensions.iter().any(|dimension| dimension.name == name);
        // Options not set explicitly follow the posterior, so that one trial's value does not apply to the others.
        let follows_posterior = |name: &str| is_varied("posterior") && ["prior", "estimator"].contains(&name);
        if let Some(options) = options.as_object_mut() {
            options.retain(|name, _| !is_varied(name) && (!follows_posterior(name) || self.base.contains_key(name)));
        }
        Ok(json!({
            "vary": self.space.to_json(),
            "seeds": self.seeds,
            "sampler": self.sampler.name(),
            "trials": self.trials,
            "objective": self.objective.to_json(),
            "direction": if self.objective.is_maximized() { "maximize" } else { "minimize" },
            "pruner": self.pruner.map(Pruner::to_json),
            "jobs": self.learns().then_some(self.jobs),
            "options": options,
            "data": DataRecord::from_data(data),
            "validation": validation.map(DataRecord::from_data),
        }))
    }
}

impl DimensionValues {
    fn in_words(&self) -> String {
        match self {
            DimensionValues::Listed(list) => list.iter().map(Value::to_string).collect::<Vec<_>>().join(", "),
            DimensionValues::Range(range) => format!("the numbers from {} to {}", range.low, range.high),
        }
    }
}

/// Default number of concurrent trials on a GPU.
const MEMBERS: usize = 8;

/// Checks that a study resumes with the same plan and data.
///
/// # Errors
/// [`Code::Checkpoint`] with the first difference between two [`StudyPlan::record`]s.
pub fn check_same_study(before: &Value, now: &Value) -> Result<()> {
    let differs = |(name, before): (&String, &Value), now: &Value| {
        let row = table::row(name);
        let is_free = row.is_some_and(|row| row.change >= Change::Anytime || row.is_same(before, &now[name]));
        (!is_free && !same(before, &now[name])).then(|| (name.clone(), before.clone(), now[name].clone()))
    };
    let fields = |json: &Value| json.as_object().cloned().unwrap_or_default();
    let mut own = fields(before);
    if let Ok(space) = SearchSpace::from_json(&before["vary"]) {
        own.insert("vary".to_owned(), space.to_json());
    }
    let options = rewritten(&before["options"]);
    let plan = own.iter().filter(|(name, _)| !["options", "data", "validation"].contains(&name.as_str()));
    let difference = plan
        .filter_map(|field| differs(field, now))
        .chain(options.iter().filter_map(|field| differs(field, &now["options"])))
        .next();
    if let Some((name, before, now)) = difference {
        let show = |json: &Value| if json.is_null() { "none".to_owned() } else { json.to_string() };
        return Err(Error::new(Code::Checkpoint, "the study to continue was started with another option")
            .with_option(name)
            .expected(show(&before))
            .received(show(&now))
            .remedy("continue with the same options, or start a new study in another folder"));
    }
    for part in ["data", "validation"] {
        let record = |study: &Value| DataRecord::deserialize(&study[part]).ok();
        match (record(before), record(now)) {
            (None, None) => {}
            (Some(before), Some(now)) => {
                before.check(&now, "the study to continue", if part == "data" { "data" } else { "validation data" })?
            }
            (before, _) => {
                let error = format!(
                    "the study to continue was started {} validation data",
                    if before.is_some() { "with" } else { "without" }
                );
                let remedy = "continue with the same data, or start a new study in another folder";
                return Err(Error::new(Code::Checkpoint, error).remedy(remedy));
            }
        }
    }
    Ok(())
}

/// Options recorded by a study, rewritten by this version: fields added since then have their defaults.
fn rewritten(recorded: &Value) -> Point {
    let mut options = recorded.as_object().cloned().unwrap_or_default();
    if let Ok(read) = TrainOptions::from_json(recorded) {
        let written = read.to_json();
        options.iter_mut().for_each(|(name, value)| *value = written[name.as_str()].clone());
    }
    options
}

/// Number of concurrent trials, and of threads per trial. Two trials of one thread and one trial of two threads were
/// equally fast in a measurement, so there is one trial per thread; they share the remaining threads. On a GPU, trials
/// of one shape are batched.
fn shares(options: &TrainOptions, jobs: Option<usize>, trials: usize) -> (usize, usize) {
    let all = available();
    // Opens the GPU only if the number of trials depends on it.
    let max_jobs = || match options.compute.open_device() {
        Ok(DeviceHandle::Gpu(_)) => MEMBERS,
        _ => all / options.threads.unwrap_or(1),
    };
    let jobs = jobs.unwrap_or_else(|| max_jobs().min(trials).max(1));
    (jobs, options.threads.unwrap_or_else(|| (all / jobs).max(1)))
}

/// Sampler given by name; by default a grid if possible, else a quasi-random sequence.
fn sampler(fields: &JsonReader, space: &SearchSpace) -> Result<Sampler> {
    let range = space.first_range();
    let named = fields.word("sampler", &Sampler::NAMES)?;
    if let (Some(Sampler::Grid), Some(dimension)) = (named, range) {
        let error = fields.refuse("sampler", &format!("another than 'grid', as `vary.{}` is a range", dimension.name));
        return Err(error.remedy(format!("list the values of `vary.{}`, or choose another sampler", dimension.name)));
    }
    Ok(named.unwrap_or(if range.is_some() { Sampler::QuasiRandom } else { Sampler::Grid }))
}

/// Number of trials: all points of a grid times the seeds, else as given.
fn trials(fields: &JsonReader, space: &SearchSpace, sampler: Sampler, seeds: usize) -> Result<usize> {
    if let (Sampler::Grid, Some(points)) = (sampler, space.grid()) {
        let trials = points.saturating_mul(seeds);
        if trials > MAX_POINTS {
            let all = Error::option("vary").expected(format!("at most {MAX_POINTS} trials")).received(trials);
            return Err(all.remedy("list fewer values, or choose another sampler"));
        }
        return match fields.get("trials") {
            None => Ok(trials),
            Some(_) => Err(fields.refuse("trials", &format!("nothing, as the grid has {trials} trials"))),
        };
    }
    let Some(trials) = fields.whole("trials", 1..=MAX_POINTS as u64)? else {
        return Err(fields.refuse("trials", "a number of trials, as only a grid has an end"));
    };
    if !(trials as usize).is_multiple_of(seeds) {
        return Err(
            fields.refuse("trials", &format!("a multiple of {seeds}, as each point is trained with {seeds} seeds"))
        );
    }
    Ok(trials as usize)
}
