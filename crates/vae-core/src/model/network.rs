//! The two networks of a VAE over one θ: the encoder x → q(z|x) and the decoder z → the parameters of p(x|z).
use candle_core::{Result, Tensor};
use vae_kernels::gpu::Outcome;
use vae_kernels::{Net, Term, Terms};

use crate::model::likelihood::{Likelihood, Variance};
use crate::model::posterior::{LatentSpace, Posterior};
use crate::nn::activation::Activation;
use crate::nn::linear::{Linear, Scalar};
use crate::nn::parameters::{Layout, Order, Parameters};
use crate::objective::elbo::Sums;

/// The sizes and choices that fix a network's layout.
#[derive(Debug, Clone, PartialEq)]
pub struct Architecture {
    /// D, the numbers of one example.
    pub input: usize,
    /// The sizes of the encoder's hidden layers, mirrored in the decoder; empty: both are affine.
    pub hidden: Vec<usize>,
    /// d, the numbers of one latent code.
    pub latent: usize,
    /// The nonlinearity after each hidden layer.
    pub activation: Activation,
    /// How latent codes are distributed.
    pub posterior: LatentSpace,
    /// The distribution p(x|z).
    pub likelihood: Likelihood,
}

/// The layers of a VAE; their numbers are in [`Parameters`].
///
/// Letters: B examples in a batch, L draws of each, D numbers in an example, d in a latent code.
#[derive(Debug, Clone)]
pub struct Network {
    activation: Activation,
    likelihood: Likelihood,
    encoder: Vec<Linear>,
    posterior: LatentSpace,
    mean: Linear,
    spread: Option<Linear>,
    decoder: Vec<Linear>,
    output: Linear,
    log_variance: Option<Scalar>,
}

impl Network {
    /// The layers for this architecture, and the layout of θ that they read. The weights that read x are in-major.
    pub fn new(architecture: &Architecture) -> (Self, Layout) {
        let Architecture { input, hidden, latent, activation, posterior, likelihood } = architecture;
        let mut layout = Layout::default();
        let (encoder, top, order) = stack(&mut layout, "encoder", *input, hidden.iter().copied(), Order::InMajor);
        let mean = Linear::new(&mut layout, "encoder.mean", top, *latent, order);
        let spread = posterior.family.spread();
        let spread = spread.map(|name| Linear::new(&mut layout, &format!("encoder.{name}"), top, *latent, order));
        let (decoder, top, order) =
            stack(&mut layout, "decoder", *latent, hidden.iter().rev().copied(), Order::OutMajor);
        let output = Linear::new(&mut layout, "decoder.output", top, *input, order);
        let learned = matches!(likelihood, Likelihood::Gaussian(Variance::Learned));
        let log_variance = learned.then(|| Scalar::new(&mut layout, "likelihood.log_variance"));
        let (activation, likelihood, posterior) = (*activation, *likelihood, *posterior);
        (Self { activation, likelihood, encoder, posterior, mean, spread, decoder, output, log_variance }, layout)
    }

    /// The distribution p(x|z).
    pub fn likelihood(&self) -> Likelihood {
        self.likelihood
    }

    /// d, the numbers of a latent code.
    pub fn latent(&self) -> usize {
        self.mean.fan_out()
    }

    /// D, the numbers of an example.
    pub fn input(&self) -> usize {
        self.output.fan_out()
    }

    /// How latent codes are distributed.
    pub fn posterior(&self) -> LatentSpace {
        self.posterior
    }

    /// Is q(z|x) more than a point?
    pub fn has_spread(&self) -> bool {
        self.spread.is_some()
    }

    /// The network as the kernels know it, with the KL in its closed form.
    pub fn net(&self) -> Net {
        let LatentSpace { family, prior } = self.posterior;
        let affine = |layers: &[Linear]| layers.iter().map(Linear::affine).collect();
        let (term, factor) = match self.likelihood {
            Likelihood::Bernoulli => (Term::CrossEntropy, 1.0),
            Likelihood::SquaredError => (Term::SquaredSigmoid, 1.0),
            Likelihood::Gaussian(Variance::Fixed(variance)) => (Term::Squared, 0.5 / variance),
            Likelihood::Gaussian(Variance::Learned) => (Term::Squared, 0.5),
        };
        Net {
            encoder: affine(&self.encoder),
            mean: self.mean.affine(),
            log_var: self.spread.as_ref().map(Linear::affine),
            decoder: affine(&self.decoder),
            output: self.output.affine(),
            posterior: vae_kernels::Posterior {
                family: family.kernel(),
                location: prior.location as f32,
                scale: prior.scale as f32,
                monte_carlo: false,
            },
            activation: match self.activation {
                Activation::Relu => vae_kernels::Activation::Relu,
                Activation::Tanh => vae_kernels::Activation::Tanh,
                Activation::Softplus => vae_kernels::Activation::Softplus,
                Activation::Silu => vae_kernels::Activation::Silu,
                Activation::Identity => vae_kernels::Activation::Identity,
            },
            term,
            factor: factor as f32,
            log_variance: self.log_variance.map(Scalar::offset),
        }
    }

    /// q(z|x).
    ///
    /// # Shapes
    /// x (B, D) → h, s (B, d)
    pub fn encode(&self, x: &Tensor, parameters: &Parameters) -> Result<Posterior> {
        let top = self.hidden(&self.encoder, x, parameters)?;
        let h = self.mean.forward(&top, parameters)?;
        let s = self.spread.map(|layer| layer.forward(&top, parameters)).transpose()?;
        Ok(Posterior { latent: self.posterior, h, s })
    }

    /// The parameters of p(x|z): logits, or the mean for the gaussian likelihood.
    ///
    /// # Shapes
    /// z (rows, d) → (rows, D)
    pub fn decode(&self, z: &Tensor, parameters: &Parameters) -> Result<Tensor> {
        let h = self.hidden(&self.decoder, z, parameters)?;
        self.output.forward(&h, parameters)
    }

    /// −log p(x|z) of each row in nats; see [`Likelihood::negative_log`].
    pub fn reconstruction(&self, output: &Tensor, x: &Tensor, parameters: &Parameters) -> Result<Tensor> {
        let log_variance = self.log_variance.map(|scalar| scalar.forward(parameters)).transpose()?;
        self.likelihood.negative_log(output, x, log_variance.as_ref())
    }

    /// The sums of a batch from the terms that kernels found, given σ² of the gaussian likelihood: they leave the constant
    /// of each example to us.
    pub(crate) fn sums(&self, terms: Terms, examples: usize, variance: Option<f64>) -> Sums {
        let constant = self.likelihood.negative_log_of(0.0, self.input(), variance);
        let reconstruction = terms.reconstruction + constant * examples as f64;
        Sums { examples: examples as u64, reconstruction, kl: terms.kl }
    }

    /// The sums of a batch from what a GPU found out.
    pub(crate) fn sums_of(&self, outcome: Outcome, examples: usize) -> Sums {
        self.sums(outcome.terms, examples, self.variance_of(|_| Some(outcome.log_variance)))
    }

    /// σ² of the gaussian likelihood as it stands, `None` for the others.
    pub fn variance(&self, theta: &[f32]) -> Option<f64> {
        self.variance_of(|offset| theta.get(offset).map(|&s| f64::from(s)))
    }

    /// σ² of the gaussian likelihood, given where in θ a learned ln σ² stands.
    fn variance_of(&self, log_variance: impl FnOnce(usize) -> Option<f64>) -> Option<f64> {
        match (self.likelihood, self.log_variance) {
            (Likelihood::Gaussian(Variance::Fixed(variance)), _) => Some(variance),
            (_, Some(scalar)) => log_variance(scalar.offset()).map(f64::exp),
            _ => None,
        }
    }

    fn hidden(&self, layers: &[Linear], x: &Tensor, parameters: &Parameters) -> Result<Tensor> {
        let mut h = x.clone();
        for layer in layers {
            h = self.activation.forward(&layer.forward(&h, parameters)?)?;
        }
        Ok(h)
    }
}

/// Hidden layers of these sizes on top of `fan_in` inputs, and the size of the last. The first weight lies in this
/// order; returned is the order of a weight on top of them all.
fn stack(
    layout: &mut Layout,
    part: &str,
    mut fan_in: usize,
    sizes: impl Iterator<Item = usize>,
    mut order: Order,
) -> (Vec<Linear>, usize, Order) {
    let mut layers = Vec::new();
    for (i, size) in sizes.enumerate() {
        layers.push(Linear::new(layout, &format!("{part}.hidden.{i}"), fan_in, size, order));
        (fan_in, order) = (size, Order::OutMajor);
    }
    (layers, fan_in, order)
}
