//! The model: encoder and decoder, posterior q(z|x), prior p(z), likelihood p(x|z), over one θ.
use std::sync::Arc;

use candle_core::{Result, Tensor};

use super::architecture::{Architecture, NetworkOptions};
use super::conv_net::ConvNet;
use super::likelihood::Likelihood;
use super::mlp_net::MlpNet;
use super::network::Network;
use super::posterior::{LatentSpace, Posterior};
use super::prior::{Given, Prior, Standard};
use crate::nn::parameters::{Layout, Role, Vars};

/// A model; its parameters are in [`Vars`].
#[derive(Debug, Clone)]
pub struct Vae {
    network: Arc<dyn Network>,
    latent_space: LatentSpace,
    prior: Arc<dyn Prior>,
    likelihood: Likelihood,
    /// The slot of the likelihood's own parameter.
    likelihood_slot: Option<usize>,
    input: usize,
    latent: usize,
}

impl Vae {
    /// The model of this architecture, with the standard prior, and the layout of its θ.
    pub fn new(architecture: &Architecture) -> (Self, Layout) {
        let mut layout = Layout::default();
        let network: Arc<dyn Network> = match &architecture.network {
            NetworkOptions::Mlp => Arc::new(MlpNet::new(&mut layout, architecture)),
            NetworkOptions::Convolutional { channels, dense } => {
                Arc::new(ConvNet::new(&mut layout, architecture, channels, dense))
            }
        };
        let prior = Arc::new(Standard(architecture.posterior));
        (Self::with(&mut layout, architecture, network, prior), layout)
    }

    /// A model of any networks and prior, whose parameters are already in the layout.
    pub fn with(
        layout: &mut Layout,
        architecture: &Architecture,
        network: Arc<dyn Network>,
        prior: Arc<dyn Prior>,
    ) -> Self {
        let Architecture { shape, latent, posterior, likelihood, .. } = architecture;
        let own = |name| layout.push(format!("likelihood.{name}"), &[1], (1, 1), Role::Constant(0.0));
        let likelihood_slot = likelihood.parameter().map(own);
        Self {
            network,
            latent_space: *posterior,
            prior,
            likelihood: *likelihood,
            likelihood_slot,
            input: shape.size(),
            latent: *latent,
        }
    }

    /// D, the size of an example.
    pub fn input(&self) -> usize {
        self.input
    }

    /// d, the size of a latent code.
    pub fn latent(&self) -> usize {
        self.latent
    }

    /// Both networks.
    pub fn network(&self) -> &dyn Network {
        &*self.network
    }

    /// The family of q(z|x), and its frame.
    pub fn latent_space(&self) -> LatentSpace {
        self.latent_space
    }

    /// p(z).
    pub fn prior(&self) -> &dyn Prior {
        &*self.prior
    }

    /// The distribution p(x|z).
    pub fn likelihood(&self) -> Likelihood {
        self.likelihood
    }

    /// The slot of the likelihood's own parameter, if it has one.
    pub fn likelihood_slot(&self) -> Option<usize> {
        self.likelihood_slot
    }

    /// True unless q(z|x) is a point.
    pub fn has_scale(&self) -> bool {
        self.latent_space.family.scale_head().is_some()
    }

    /// q(z|x).
    ///
    /// # Shapes
    /// x (B, D), condition (B, C)
    ///
    /// # Errors
    /// Device errors.
    pub fn encode(&self, x: &Tensor, condition: Option<&Tensor>, vars: &Vars) -> Result<Posterior> {
        let mut heads = self.network.encode(x, condition, vars)?.into_iter();
        let Some(h) = heads.next() else { candle_core::bail!("the encoder puts out nothing") };
        Ok(Posterior { latent: self.latent_space, h, s: heads.next() })
    }

    /// The parameters of p(x|z).
    ///
    /// # Shapes
    /// z (rows, d), condition (rows, C) → (rows, D)
    ///
    /// # Errors
    /// Device errors.
    pub fn decode(&self, z: &Tensor, condition: Option<&Tensor>, vars: &Vars) -> Result<Tensor> {
        self.network.decode(z, condition, vars)
    }

    /// −log p(x|z) of each row in nats, given the decoder's output; see [`Likelihood::negative_log`].
    ///
    /// # Shapes
    /// output (B·L, D), x (B, D) → (B·L)
    ///
    /// # Errors
    /// Device errors.
    pub fn reconstruction(&self, output: &Tensor, x: &Tensor, vars: &Vars) -> Result<Tensor> {
        self.likelihood.negative_log(output, x, self.likelihood_slot.map(|slot| vars.get(slot)))
    }

    /// Calls `read` with the prior and its inputs.
    pub(crate) fn with_prior<R>(
        &self,
        vars: &Vars,
        condition: Option<&Tensor>,
        read: impl FnOnce(&dyn Prior, &Given) -> Result<R>,
    ) -> Result<R> {
        let encode = |x: &Tensor, condition: Option<&Tensor>| self.encode(x, condition, vars);
        read(&*self.prior, &Given { latent: self.latent, vars, condition, encode: &encode })
    }
}
