//! Handle to a long call: cancel it, read its progress.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use crate::base::error::{Code, Error, Result};

/// Shared handle to one long call; clones refer to the same call.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<Signals>);

#[derive(Debug, Default)]
struct Signals {
    cancelled: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
}

impl CancelToken {
    /// A handle to a call that has not started.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requests the call to stop at its next [`CancelToken::check`].
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Relaxed);
    }

    /// True if the call was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Relaxed)
    }

    /// Returns [`Code::Aborted`] if the call was cancelled.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            return Err(Error::new(Code::Aborted, "the call was aborted by its signal"));
        }
        Ok(())
    }

    /// Sets the total units of work; 0 means unknown.
    pub fn set_total(&self, total: u64) {
        self.0.total.store(total, Relaxed);
    }

    /// Adds finished units of work.
    pub fn advance(&self, units: u64) {
        self.0.done.fetch_add(units, Relaxed);
    }

    /// `(done, total)` units of work; a total of 0 means unknown.
    pub fn progress(&self) -> (u64, u64) {
        (self.0.done.load(Relaxed), self.0.total.load(Relaxed))
    }
}
