//! The parts of a VAE, a folder or file each: networks, posterior q(z|x), prior p(z), likelihood p(x|z); the model made
//! of them, and one forward pass.
pub mod architecture;
pub mod conv_net;
pub mod likelihood;
pub mod mlp_net;
pub mod nats;
pub mod network;
pub mod noise;
pub mod pass;
pub mod posterior;
pub mod prior;
pub mod vae;
