//! The nouns of a VAE: networks, posterior q(z|x), prior p(z), likelihood p(x|z).
pub mod likelihood;
pub mod network;
pub(crate) mod noise;
pub mod posterior;
