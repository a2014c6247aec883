//! A long call seen from outside: it can be stopped, and asked how far it has come.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use crate::base::error::{Code, Error, Result};

/// A shared handle to one long call. Clones speak of the same call.
#[derive(Debug, Clone, Default)]
pub struct Task(Arc<State>);

#[derive(Debug, Default)]
struct State {
    cancelled: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
}

impl Task {
    /// A handle to a call that has not started.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the call to stop at its next [`Task::check`].
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Relaxed);
    }

    /// Has the call been asked to stop?
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Relaxed)
    }

    /// Ends the call with [`Code::Aborted`] if it has been asked to stop.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            return Err(Error::new(Code::Aborted, "the call was aborted by its signal"));
        }
        Ok(())
    }

    /// Says how many units of work there are; 0 means unknown.
    pub fn set_total(&self, total: u64) {
        self.0.total.store(total, Relaxed);
    }

    /// Counts finished units of work.
    pub fn advance(&self, units: u64) {
        self.0.done.fetch_add(units, Relaxed);
    }

    /// `(done, total)` units of work; a total of 0 means unknown.
    pub fn progress(&self) -> (u64, u64) {
        (self.0.done.load(Relaxed), self.0.total.load(Relaxed))
    }
}
