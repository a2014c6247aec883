//! A training run: its thread, commands, events and folder.
mod clock;
mod commands;
pub mod events;
pub mod folder;
pub mod fork;
pub mod handle;
pub mod lock;
pub mod prepare;
pub(crate) mod shared;
pub(crate) mod thread;
