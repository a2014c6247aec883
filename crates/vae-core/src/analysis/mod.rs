//! What can be said of data and models besides training them: where β collapses, how much a gradient varies.
pub mod spectrum;
