//! Search strategy of a sweep: chooses the options of the next trial, and ends unpromising trials.
//!
//! The module is stateless. A suggestion is a pure function of space, sampler, seed, point number and ended trials; so
//! is the decision to end a trial early. A killed sweep therefore resumes by repeating the same calls.
mod history;
mod objective;
mod plan;
mod pruner;
mod range;
mod sampler;
mod space;

pub use history::Ended;
pub use objective::SweepObjective;
pub use plan::{StudyPlan, check_same_study};
pub use pruner::Pruner;
pub use range::Range;
pub use sampler::{Sampler, suggest};
pub use space::{Dimension, DimensionValues, Point, SearchSpace};
