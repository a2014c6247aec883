//! What a session measures of time: how long it has trained, and how fast.
use std::time::{Duration, Instant};

/// How long a speed is averaged, in seconds.
const SPEED_WINDOW: f64 = 0.5;

/// Seconds of training, those before a resume included, pauses left out.
pub(super) struct Clock {
    before: f64,
    since: Option<Instant>,
}

impl Clock {
    pub(super) fn from(seconds: f64) -> Self {
        Self { before: seconds, since: Some(Instant::now()) }
    }

    pub(super) fn seconds(&self) -> f64 {
        self.before + self.since.map_or(0.0, |since| since.elapsed().as_secs_f64())
    }

    pub(super) fn halt(&mut self) {
        *self = Self { before: self.seconds(), since: None };
    }

    pub(super) fn go_on(&mut self) {
        *self = Self::from(self.before);
    }
}

/// Examples per second of training, validation and files left out.
pub(super) struct Speed {
    /// Over the last half second or so.
    pub(super) recent: f64,
    window: (usize, f64),
    epoch: (usize, f64),
}

impl Speed {
    pub(super) fn new() -> Self {
        Self { recent: 0.0, window: (0, 0.0), epoch: (0, 0.0) }
    }

    pub(super) fn count(&mut self, examples: usize, time: Duration) {
        // A clock that is too coarse must not make a speed infinite.
        let seconds = time.as_secs_f64().max(1e-9);
        for (n, sum) in [&mut self.window, &mut self.epoch] {
            *n += examples;
            *sum += seconds;
        }
        if self.window.1 > SPEED_WINDOW || self.recent == 0.0 {
            self.recent = self.window.0 as f64 / self.window.1;
            self.window = (0, 0.0);
        }
    }

    /// The speed of the epoch that is over.
    pub(super) fn end_epoch(&mut self) -> f64 {
        let (examples, seconds) = std::mem::take(&mut self.epoch);
        examples as f64 / seconds
    }
}
