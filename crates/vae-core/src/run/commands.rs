//! The commands that a run obeys between two steps.
use std::time::Duration;

use super::thread::Session;
use crate::base::error::Result;
use crate::base::threads::locked;
use crate::objective::weights::Beta;
use crate::optim::learning_rate::LearningRate;
use crate::run::events::Kind;
use crate::run::shared::Command;

/// How long a paused run waits at most before it looks around: an abort that comes between the look and the wait is seen
/// after it.
const NET: Duration = Duration::from_millis(100);

impl Session<'_> {
    /// Carries out what was asked for since the last step; true if the run should stop. Waits while it is paused.
    pub(super) fn obey(&mut self) -> Result<bool> {
        if let Some(id) = self.stepping.take() {
            self.pause();
            self.answer(knob("step"), id)?;
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
                    (knob("pause"), false)
                }
                Command::Resume => {
                    self.go_on();
                    (knob("resume"), false)
                }
                Command::Step => {
                    // It is answered once the step has been made.
                    self.go_on();
                    self.stepping = Some(id);
                    return Ok(false);
                }
                Command::Checkpoint(path) => {
                    self.checkpoint(path, "request", Some(id))?;
                    continue;
                }
                Command::Stop => (knob("stop"), true),
            };
            self.answer(kind, id)?;
            if is_stop {
                return Ok(true);
            }
        }
    }

    /// β from the next step on, and what is told of it.
    pub(super) fn set_beta(&mut self, beta: Beta) -> Kind {
        let state = self.trainer.state_mut();
        let from = state.beta;
        state.set_beta(beta);
        Kind::Control {
            name: "beta",
            from: Some(from),
            to: Some(state.beta),
            rule: state.rule.map(|rule| rule.to_json()),
        }
    }

    /// η from the next step on, and what is told of it.
    pub(super) fn set_learning_rate(&mut self, rate: LearningRate) -> Kind {
        let state = self.trainer.state_mut();
        let from = state.learning_rate;
        state.set_learning_rate(rate);
        let rule = state.learning_rate_rule.map(|rule| rule.to_json());
        Kind::Control { name: "learningRate", from: Some(from), to: Some(state.learning_rate), rule }
    }

    /// The next command, for which a paused run waits a while.
    fn next_command(&self) -> Option<(u64, Command)> {
        let mut commands = locked(&self.shared.commands);
        if self.paused && commands.is_empty() {
            let waited = self.shared.arrived.wait_timeout(commands, NET);
            commands = waited.map_or_else(|poisoned| poisoned.into_inner().0, |(commands, _)| commands);
        }
        commands.pop_front()
    }

    fn answer(&mut self, kind: Kind, command: u64) -> Result<()> {
        let event = self.push(kind, Some(command));
        self.record(&event)
    }

    /// Holds training; pauses are no part of its time.
    fn pause(&mut self) {
        if !self.paused {
            self.clock.halt();
        }
        self.paused = true;
        locked(&self.shared.progress).state = "paused";
    }

    fn go_on(&mut self) {
        if self.paused {
            self.clock.go_on();
        }
        self.paused = false;
        locked(&self.shared.progress).state = "running";
    }
}

/// What is told of a knob without a value.
fn knob(name: &'static str) -> Kind {
    Kind::Control { name, from: None, to: None, rule: None }
}
