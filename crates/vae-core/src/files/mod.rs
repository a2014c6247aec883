//! Models, checkpoints and probes on disk.
pub mod metadata;
pub mod model_file;
pub mod probe_file;
pub mod training_state;
