//! Models, checkpoints and probes on disk.
pub mod data_record;
pub mod metadata;
pub mod model_file;
pub mod probe_file;
pub mod training_state;
