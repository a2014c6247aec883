//! How parameters are drawn before the first step.
use vae_kernels::noise::{Key, Stream, uniforms};

use crate::nn::parameters::Layout;

/// A rule for the first values of weights and biases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Initialization {
    /// Weights and biases from U(−1/√fan_in, 1/√fan_in): what PyTorch's `nn.Linear` does.
    #[default]
    Torch,
    /// Weights from U(−a, a) with a = √(6/(fan_in + fan_out)), biases 0: Glorot and Bengio 2010, eq. 16; Keras.
    Glorot,
}

impl Initialization {
    /// The first values of θ for a layout. Each part has its own stretch of the random stream, so that a part's values
    /// depend on the seed and its place in the layout alone.
    pub fn draw(self, layout: &Layout, seed: u64) -> Vec<f32> {
        let key = Key::new(seed, Stream::Initialization);
        let mut values = vec![0.0; layout.len()];
        for (part, slot) in layout.slots().iter().enumerate() {
            let bound = self.bound(&slot.shape, slot.fan_in, slot.name.ends_with(".bias"));
            if slot.name.starts_with("likelihood.") {
                continue; // ln σ² starts at 0
            }
            let values = &mut values[slot.range()];
            uniforms(key, part as u64, 0, values);
            for value in values {
                *value = ((2.0 * f64::from(*value) - 1.0) * bound) as f32;
            }
        }
        values
    }

    fn bound(self, shape: &[usize], fan_in: usize, is_bias: bool) -> f64 {
        match self {
            Initialization::Torch => (fan_in as f64).powf(-0.5),
            Initialization::Glorot if is_bias => 0.0,
            Initialization::Glorot => (6.0 / (fan_in + shape[0]) as f64).sqrt(),
        }
    }
}
