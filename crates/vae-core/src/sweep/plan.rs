//! What a sweep is: the options of every trial, what is varied, how points are chosen and how trials are compared.
use serde_json::{Value, json};

use super::history::{Ended, reported};
use super::objective::Objective;
use super::pruner::Pruner;
use super::sampler::{Sampler, suggest};
use super::space::{MOST, Point, Space, Values, same};
use crate::base::error::{Code, Error, Result};
use crate::base::json_reader::Fields;
use crate::base::threads::available;
use crate::data::Dataset;
use crate::engine::device::Place;
use crate::files::metadata::DataRecord;
use crate::options::table::{self, Change, OPTIONS};
use crate::options::{MOST_SEED, TrainOptions};
use crate::run::prepare::prepare;

/// A sweep, all of whose options are known to be right.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What is varied.
    pub space: Space,
    /// How points are chosen.
    pub sampler: Sampler,
    /// How many seeds each point is trained with.
    pub seeds: usize,
    /// How many trials there are: points times seeds.
    pub trials: usize,
    /// By what they are compared.
    pub objective: Objective,
    /// Whether they may end early.
    pub pruner: Option<Pruner>,
    /// How many are trained at once.
    pub jobs: usize,
    /// The first seed, which is the sampler's too.
    pub seed: u64,
    /// How many threads compute for each of them.
    pub threads: usize,
    /// What all trials are trained with, as it was said.
    base: Point,
}

/// The options of a sweep beside those of training.
const OWN: [&str; 7] = ["vary", "seeds", "sampler", "trials", "objective", "pruner", "jobs"];

/// The options of training that no plan has, as each trial has a folder of its own.
const FOLDERS: [&str; 3] = ["out", "resume", "fork"];

impl Plan {
    /// Reads the options of a sweep and tries every point of a grid, or every listed value and both ends of each range:
    /// what is wrong is found before anything is trained.
    ///
    /// # Errors
    /// [`Code::Option`] with the option's path, `vary.beta` for a value that is varied.
    pub fn from_json(json: &Value) -> Result<Self> {
        let of_trials = OPTIONS.iter().map(|row| row.name).filter(|name| !FOLDERS.contains(name));
        let known = of_trials.chain(OWN);
        let fields = Fields::of(json, known)?;
        let all = json.as_object().into_iter().flatten();
        let base: Point = all
            .filter(|(name, value)| !OWN.contains(&name.as_str()) && !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let space = Space::from_json(fields.get("vary").unwrap_or(&json!({})))?;
        if let Some(dimension) = space.dimensions.iter().find(|dimension| base.contains_key(&dimension.name)) {
            let error = fields.refuse(&dimension.name, "nothing, as it is varied");
            return Err(error.remedy("leave out one of the two"));
        }
        let seeds = fields.whole("seeds", 1..=MOST as u64)?.map_or(1, |seeds| seeds as usize);
        let sampler = sampler(&fields, &space)?;
        let mut plan = Self {
            sampler,
            seeds,
            trials: trials(&fields, &space, sampler, seeds)?,
            objective: Objective::from_json(&fields)?,
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
        if plan.seed > MOST_SEED - seeds as u64 {
            return Err(fields.refuse("seed", &format!("a whole number that leaves room for {seeds} seeds")));
        }
        plan.check_points()?;
        Ok(plan)
    }

    /// The options of a trial: those of all trials, and its point.
    ///
    /// # Errors
    /// [`Code::Option`] with the path of what is wrong, `vary.beta` for a value of the point.
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
    /// As [`prepare`].
    pub fn check_data(&self, data: &Dataset, validation: Option<&Dataset>) -> Result<()> {
        prepare(data.clone(), validation.cloned(), self.checked(&self.space.first())?).map(drop)
    }

    /// The point `number`, from 0; each is trained with [`Plan::seeds`] seeds.
    ///
    /// # Errors
    /// As [`suggest`].
    pub fn point(&self, number: usize, history: &[Ended]) -> Result<Point> {
        suggest(&self.space, self.sampler, self.objective, self.seed, number, history)
    }

    /// The whole point of a trial that somebody asks for: what it does not say is the first value of its list, or the low
    /// end of its range. Numbers may be others than those of the space; words must be among them.
    ///
    /// # Errors
    /// [`Code::Option`] with the name of what cannot be.
    pub fn completed(&self, said: &Value) -> Result<Point> {
        let names = self.space.dimensions.iter().map(|dimension| dimension.name.as_str());
        let fields = Fields::within("params", said, names)?;
        let mut point = self.space.first();
        for dimension in &self.space.dimensions {
            let Some(value) = fields.get(&dimension.name) else { continue };
            let is_among = match &dimension.values {
                Values::Listed(list) if list.iter().all(Value::is_number) => value.is_number(),
                Values::Listed(list) => list.iter().any(|listed| same(listed, value)),
                Values::Range(_) => value.is_number(),
            };
            if !is_among {
                return Err(fields.refuse(&dimension.name, &format!("one of {}", dimension.values.in_words())));
            }
            point.insert(dimension.name.clone(), value.clone());
        }
        self.checked(&point)?;
        Ok(point)
    }

    /// Whether the trial that has reported `[[epoch, value], …]` should end.
    ///
    /// # Errors
    /// [`Code::Internal`] for what is no such list.
    pub fn should_prune(&self, json: &Value, history: &[Ended]) -> Result<bool> {
        let reported =
            reported(json).ok_or_else(|| Error::new(Code::Internal, "the reported values cannot be read"))?;
        Ok(self.pruner.is_some_and(|pruner| pruner.should_prune(self.objective, &reported, history)))
    }

    /// Whether a trial depends on how earlier ones ended, and so the whole study on how many are trained at once.
    pub fn learns(&self) -> bool {
        self.sampler == Sampler::Tpe || self.pruner.is_some()
    }

    /// The plan as JSON, defaults filled in: what a study remembers, and is compared by when it is continued.
    pub fn record(&self, data: &Dataset, validation: Option<&Dataset>) -> Result<Value> {
        let mut options = self.checked(&self.space.first())?.persisted_options();
        let is_varied = |name: &str| self.space.dimensions.iter().any(|dimension| dimension.name == name);
        // What was not said of these follows the posterior: that of one trial says nothing of the others.
        let follows = |name: &str| is_varied("posterior") && ["prior", "estimator"].contains(&name);
        if let Some(options) = options.as_object_mut() {
            options.retain(|name, _| !is_varied(name) && (!follows(name) || self.base.contains_key(name)));
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
            "data": DataRecord::of(data),
            "validation": validation.map(DataRecord::of),
        }))
    }
}

impl Values {
    fn in_words(&self) -> String {
        match self {
            Values::Listed(list) => list.iter().map(Value::to_string).collect::<Vec<_>>().join(", "),
            Values::Range(range) => format!("the numbers from {} to {}", range.low, range.high),
        }
    }
}

/// How many trials a GPU trains at once, where that is not said.
const MEMBERS: usize = 8;

/// A study continues only as itself.
///
/// # Errors
/// [`Code::Checkpoint`] that names the first difference between two [`Plan::record`]s.
pub fn check_same_study(before: &Value, now: &Value) -> Result<()> {
    let differs = |(name, before): (&String, &Value), now: &Value| {
        let is_free = table::row(name).is_some_and(|row| row.change >= Change::Anytime);
        (!is_free && !same(before, &now[name])).then(|| (name.clone(), before.clone(), now[name].clone()))
    };
    let fields = |json: &Value| json.as_object().cloned().unwrap_or_default();
    let (own, options) = (fields(before), rewritten(&before["options"]));
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
        if before[part]["fingerprint"] != now[part]["fingerprint"] {
            let name = |record: &Value| match (record["source"].as_str(), record["n"].as_u64()) {
                (_, None) => "none".to_owned(),
                (source, Some(n)) => format!("{} ({n} examples)", source.unwrap_or("an array")),
            };
            return Err(Error::new(Code::Checkpoint, format!("the study to continue was started with other {part}"))
                .expected(name(&before[part]))
                .received(name(&now[part]))
                .remedy("continue with the same data, or start a new study in another folder"));
        }
    }
    Ok(())
}

/// The options that a study recorded, as this version writes them: a part of an option that was added since has its
/// default.
fn rewritten(recorded: &Value) -> Point {
    let mut options = recorded.as_object().cloned().unwrap_or_default();
    if let Ok(read) = TrainOptions::from_json(recorded) {
        let written = read.to_json();
        options.iter_mut().for_each(|(name, value)| *value = written[name.as_str()].clone());
    }
    options
}

/// How many trials run at once, and on how many threads each. Two of one thread and one of two threads were alike in a
/// measurement, so as many run as there are threads; what is left over goes to them. On a GPU those of one shape are
/// members of the same launches.
fn shares(options: &TrainOptions, jobs: Option<usize>, trials: usize) -> (usize, usize) {
    let all = available();
    // Only who has to know whether there is a GPU opens it.
    let most = || match options.compute.place() {
        Ok(Place::Gpu(_)) => MEMBERS,
        _ => all / options.threads.unwrap_or(1),
    };
    let jobs = jobs.unwrap_or_else(|| most().min(trials).max(1));
    (jobs, options.threads.unwrap_or_else(|| (all / jobs).max(1)))
}

/// The sampler that was named; else a grid where there is one, and an even spread where there is none.
fn sampler(fields: &Fields, space: &Space) -> Result<Sampler> {
    let range = space.first_range();
    let named = fields.word("sampler", &Sampler::NAMES)?;
    if let (Some(Sampler::Grid), Some(dimension)) = (named, range) {
        let error = fields.refuse("sampler", &format!("another than 'grid', as `vary.{}` is a range", dimension.name));
        return Err(error.remedy(format!("list the values of `vary.{}`, or choose another sampler", dimension.name)));
    }
    Ok(named.unwrap_or(if range.is_some() { Sampler::QuasiRandom } else { Sampler::Grid }))
}

/// How many trials there are: of a grid all of them, else as many as was said.
fn trials(fields: &Fields, space: &Space, sampler: Sampler, seeds: usize) -> Result<usize> {
    if let (Sampler::Grid, Some(points)) = (sampler, space.grid()) {
        let trials = points.saturating_mul(seeds);
        if trials > MOST {
            let all = Error::option("vary").expected(format!("at most {MOST} trials")).received(trials);
            return Err(all.remedy("list fewer values, or choose another sampler"));
        }
        return match fields.get("trials") {
            None => Ok(trials),
            Some(_) => Err(fields.refuse("trials", &format!("nothing, as the grid has {trials} trials"))),
        };
    }
    let Some(trials) = fields.whole("trials", 1..=MOST as u64)? else {
        return Err(fields.refuse("trials", "how many trials to make, as only a grid has an end"));
    };
    if !(trials as usize).is_multiple_of(seeds) {
        return Err(
            fields.refuse("trials", &format!("a multiple of {seeds}, as each point is trained with {seeds} seeds"))
        );
    }
    Ok(trials as usize)
}
