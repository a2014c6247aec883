//! Initialisation: draws the parameters before the first step.
use vae_kernels::noise::{Key, Stream, uniforms};

use super::parameters::{Layout, Role, Slot};

/// Rule for the initial values of weights and biases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Initialization {
    /// Weights and biases from U(−1/√fan_in, 1/√fan_in), as PyTorch's `nn.Linear`.
    #[default]
    Torch,
    /// Weights from U(−a, a) with a = √(6/(fan_in + fan_out)), biases 0: Glorot and Bengio 2010, eq. 16; Keras.
    Glorot,
}

impl Initialization {
    /// Initial values of θ for a layout. Each part has its own range of the random stream, so its values depend only on
    /// the seed and its index in the layout.
    pub fn draw(self, layout: &Layout, seed: u64) -> Vec<f32> {
        let key = Key::new(seed, Stream::Initialization);
        let mut values = vec![0.0; layout.len()];
        for (part, slot) in layout.slots().iter().enumerate() {
            let values = &mut values[slot.range()];
            if let Role::Constant(value) = slot.role {
                values.fill(value);
                continue;
            }
            let bound = self.bound(slot);
            uniforms(key, part as u64, 0, values);
            for value in values {
                *value = ((2.0 * f64::from(*value) - 1.0) * bound) as f32;
            }
        }
        values
    }

    fn bound(self, slot: &Slot) -> f64 {
        match self {
            Initialization::Torch => (slot.fan_in as f64).powf(-0.5),
            Initialization::Glorot if slot.role == Role::Bias => 0.0,
            Initialization::Glorot => (6.0 / (slot.fan_in + slot.fan_out) as f64).sqrt(),
        }
    }
}
