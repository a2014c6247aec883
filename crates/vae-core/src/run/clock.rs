//! Training time and speed of a session.
use std::time::{Duration, Instant};

/// Averaging window of the speed, in seconds.
const SPEED_WINDOW: f64 = 0.5;

/// Seconds of training, including those before a resume, excluding pauses.
pub(super) struct Clock {
    before: f64,
    since: Option<Instant>,
}

impl Clock {
    pub(super) fn from_seconds(seconds: f64) -> Self {
        Self { before: seconds, since: Some(Instant::now()) }
    }

    pub(super) fn seconds(&self) -> f64 {
        self.seconds_at(Instant::now())
    }

    pub(super) fn pause(&mut self) {
        self.pause_at(Instant::now());
    }

    pub(super) fn resume(&mut self) {
        self.resume_at(Instant::now());
    }

    fn seconds_at(&self, now: Instant) -> f64 {
        self.before + self.since.map_or(0.0, |since| now.duration_since(since).as_secs_f64())
    }

    fn pause_at(&mut self, now: Instant) {
        *self = Self { before: self.seconds_at(now), since: None };
    }

    fn resume_at(&mut self, now: Instant) {
        self.since = Some(now);
    }
}

/// Examples per second of training, excluding validation and files.
pub(super) struct Speed {
    /// Speed over about the last half second.
    pub(super) recent: f64,
    window: (usize, f64),
    epoch: (usize, f64),
}

impl Speed {
    pub(super) fn new() -> Self {
        Self { recent: 0.0, window: (0, 0.0), epoch: (0, 0.0) }
    }

    pub(super) fn count(&mut self, examples: usize, time: Duration) {
        // A coarse clock must not make the speed infinite.
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

    /// Returns the speed of the finished epoch.
    pub(super) fn end_epoch(&mut self) -> f64 {
        let (examples, seconds) = std::mem::take(&mut self.epoch);
        examples as f64 / seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_no_part_of_the_time() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut clock = Clock { before: 10.0, since: Some(start) };
        assert_eq!(clock.seconds_at(at(3)), 13.0);
        clock.pause_at(at(4));
        assert_eq!((clock.seconds_at(at(5)), clock.seconds_at(at(500))), (14.0, 14.0));
        clock.resume_at(at(600));
        assert_eq!((clock.seconds_at(at(600)), clock.seconds_at(at(602))), (14.0, 16.0));
    }

    #[test]
    fn a_speed_is_that_of_its_window_and_that_of_the_whole_epoch() {
        let mut speed = Speed::new();
        let mut count = |milliseconds| {
            speed.count(100, Duration::from_millis(milliseconds));
            speed.recent
        };
        // Reports the first step at once, then half a second at a time.
        let close = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-12, "{found}, {expected}");
        for (milliseconds, expected) in [(100, 1000.0), (300, 1000.0), (100, 1000.0), (200, 500.0)] {
            close(count(milliseconds), expected);
        }
        close(speed.end_epoch(), 400.0 / 0.7);
        speed.count(100, Duration::ZERO);
        assert!(speed.end_epoch().is_finite());
    }
}
