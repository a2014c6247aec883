//! Commands of a run, processed between two steps.
use std::time::Duration;

use super::thread::Session;
use crate::base::error::Result;
use crate::base::threads::locked;
use crate::objective::weights::Beta;
use crate::optim::learning_rate::LearningRate;
use crate::run::events::EventKind;
use crate::run::shared::Command;

/// Longest wait of a paused run before it checks again: an abort may be signalled between the check and the wait.
const SAFETY_POLL: Duration = Duration::from_millis(100);

impl Session<'_> {
    /// Processes the commands received since the last step; returns true if the run should stop. Waits while paused.
    pub(super) fn handle_commands(&mut self) -> Result<bool> {
        if let Some(id) = self.stepping.take() {
            self.pause();
            self.answer(valueless_control("step"), id)?;
        }
        loop {
            self.shared.abort.check()?;
            let Some((id, command)) = self.next_command() else {
                if self.paused {
                    continue;
                }
                return Ok(false);
            };
            let (kind, is_stop) = match command {
                Command::Beta(beta) => (self.set_beta(beta), false),
                Command::LearningRate(rate) => (self.set_learning_rate(rate), false),
                Command::Pause => {
                    self.pause();
                    (valueless_control("pause"), false)
                }
                Command::Resume => {
                    self.resume();
                    (valueless_control("resume"), false)
                }
                Command::Step => {
                    // Answered after the step.
                    self.resume();
                    self.stepping = Some(id);
                    return Ok(false);
                }
                Command::Checkpoint(path) => {
                    self.checkpoint(path, "request", Some(id))?;
                    continue;
                }
                Command::Stop => (valueless_control("stop"), true),
            };
            self.answer(kind, id)?;
            if is_stop {
                return Ok(true);
            }
        }
    }

    /// Sets β from the next step on and returns the event that reports it.
    pub(super) fn set_beta(&mut self, beta: Beta) -> EventKind {
        let state = self.trainer.state_mut();
        let from = state.beta;
        state.set_beta(beta);
        EventKind::Control {
            name: "beta",
            from: Some(from),
            to: Some(state.beta),
            rule: state.rule.map(|rule| rule.to_json()),
        }
    }

    /// Sets η from the next step on and returns the event that reports it.
    pub(super) fn set_learning_rate(&mut self, rate: LearningRate) -> EventKind {
        let state = self.trainer.state_mut();
        let from = state.learning_rate;
        state.set_learning_rate(rate);
        let rule = state.learning_rate_rule.map(|rule| rule.to_json());
        EventKind::Control { name: "learningRate", from: Some(from), to: Some(state.learning_rate), rule }
    }

    /// Next command; a paused run waits for it for a while.
    fn next_command(&self) -> Option<(u64, Command)> {
        let mut commands = locked(&self.shared.commands);
        if self.paused && commands.is_empty() {
            let waited = self.shared.arrived.wait_timeout(commands, SAFETY_POLL);
            commands = waited.map_or_else(|poisoned| poisoned.into_inner().0, |(commands, _)| commands);
        }
        commands.pop_front()
    }

    fn answer(&mut self, kind: EventKind, command: u64) -> Result<()> {
        let event = self.push(kind, Some(command));
        self.record(&event)
    }

    /// Pauses training; the clock excludes pauses.
    fn pause(&mut self) {
        if !self.paused {
            self.clock.pause();
        }
        self.paused = true;
        locked(&self.shared.progress).state = "paused";
    }

    fn resume(&mut self) {
        if self.paused {
            self.clock.resume();
        }
        self.paused = false;
        locked(&self.shared.progress).state = "running";
    }
}

/// Event of a control without a value.
fn valueless_control(name: &'static str) -> EventKind {
    EventKind::Control { name, from: None, to: None, rule: None }
}
