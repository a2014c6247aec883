//! The search of a sweep: which options the next trial is trained with, and whether it is worth going on with.
//!
//! Nothing here remembers anything. A suggestion is a pure function of space, sampler, seed, the number of the point and
//! the trials that have ended; so is the decision to end a trial early. A sweep that was killed is continued by asking the
//! same questions again.
mod history;
mod objective;
mod plan;
mod pruner;
mod range;
mod sampler;
mod space;

pub use history::Ended;
pub use objective::Objective;
pub use plan::{Plan, check_same_study};
pub use pruner::Pruner;
pub use range::Range;
pub use sampler::{Sampler, suggest};
pub use space::{Dimension, Point, Space, Values};
