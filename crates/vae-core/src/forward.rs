//! A network with its θ, ready to be evaluated: x → q(z|x), z → the decoder's output, and −log p(x|z), on row-major
//! slices of f32. Whatever looks at a model without training it goes through these three functions.
use candle_core::DType;

use crate::error::Result;
use crate::network::Network;
use crate::parameters::Parameters;
use crate::posterior::Encoding;
use crate::real::{tensor, values_f32};

/// Rows that go through a network at once: enough for a matrix product to be efficient, few enough to stay in cache.
pub const ROWS: usize = 512;

/// The layers and their θ. It shares θ with whoever trains it, and sees it as it stands.
///
/// Letters: n examples, L draws of each, D numbers in an example, d in a latent code.
#[derive(Debug, Clone)]
pub struct Forward {
    network: Network,
    parameters: Parameters,
}

impl Forward {
    /// These layers with these parameters, whose gradient is left alone.
    pub fn new(network: &Network, parameters: &Parameters) -> Self {
        Self { network: network.clone(), parameters: parameters.frozen() }
    }

    /// The layers.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// θ.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// q(z|x).
    ///
    /// # Shapes
    /// x (n, D) → mean, log_var (n, d)
    pub fn encode(&self, x: &[f32]) -> Result<Encoding> {
        let size = self.network.input();
        let x = tensor(x.to_vec(), (x.len() / size, size), DType::F32)?;
        let posterior = self.network.encode(&x, &self.parameters)?;
        let log_var = posterior.log_var.as_ref().map(values_f32).transpose()?;
        Ok(Encoding { mean: values_f32(&posterior.mean)?, log_var })
    }

    /// The parameters of p(x|z): logits, or the mean for the gaussian likelihood.
    ///
    /// # Shapes
    /// z (n, d) → (n, D)
    pub fn decode(&self, z: &[f32]) -> Result<Vec<f32>> {
        let d = self.network.latent();
        let z = tensor(z.to_vec(), (z.len() / d, d), DType::F32)?;
        Ok(values_f32(&self.network.decode(&z, &self.parameters)?)?)
    }

    /// −log p(x|z) of each code in nats, the constants included, summed in f64 over the dimensions of x.
    ///
    /// # Shapes
    /// z (n·L, d), x (n, D) → (n·L); row r of z belongs to row r / L of x
    pub fn reconstruction(&self, z: &[f32], x: &[f32]) -> Result<Vec<f64>> {
        let (likelihood, size) = (self.network.likelihood(), self.network.input());
        let sums = likelihood.term_sums(&self.decode(z)?, x, size);
        let variance = self.parameters.lend(|theta| self.network.variance(theta))?;
        Ok(sums.into_iter().map(|sum| likelihood.negative_log_of(sum, size, variance)).collect())
    }
}
