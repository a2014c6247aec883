//! Gradients of custom models and objectives against central differences in f64: a layer applied twice, a custom layer,
//! an encoder applied to pseudo-inputs, a convolutional network, a condition, and the importance-weighted bound.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use std::any::Any;
use std::sync::Arc;

use candle_core::{D, DType, Device, Result, Tensor};
use vae_core::base::threads::Threads;
use vae_core::data::{DataStatistics, Dataset, Shape, Transform};
use vae_core::engine::forward::Forward;
use vae_core::infer::evaluate::EvalContext;
use vae_core::model::architecture::{Architecture, NetworkOptions};
use vae_core::model::mlp_net::MlpNet;
use vae_core::model::nats::Nats;
use vae_core::model::network::Network;
use vae_core::model::pass::{Batch, Pass, Surroundings};
use vae_core::model::posterior::{LatentSpace, Posterior};
use vae_core::model::prior::{Given, Prior, Standard};
use vae_core::model::vae::Vae;
use vae_core::nn::activation::Activation;
use vae_core::nn::linear::Linear;
use vae_core::nn::parameters::{Layout, Role, Vars};
use vae_core::objective::Objective;
use vae_core::objective::elbo::Elbo;
use vae_core::objective::importance_weighted::ImportanceWeighted;
use vae_core::objective::weights::Weights;
use vae_core::{CancelToken, Compute};
use vae_kernels::noise::{Key, Stream, normals, uniforms};

use testing::vector;

const EXAMPLES: usize = 3;
const LATENT: usize = 2;
/// The step of a central difference.
const H: f64 = 1e-5;

fn architecture(shape: Shape, (network, hidden): (NetworkOptions, Vec<usize>), condition: usize) -> Architecture {
    Architecture { condition, network, hidden, activation: Activation::Tanh, ..Architecture::new(shape, LATENT) }
}

/// Numbers drawn with a fixed key.
fn drawn(step: u64, n: usize, fill: fn(Key, u64, u32, &mut [f32])) -> Vec<f32> {
    let mut values = vec![0.0; n];
    fill(Key::new(9, Stream::Initialization), step, 0, &mut values);
    values
}

fn f64s(values: Vec<f32>, columns: usize) -> Tensor {
    let shape = (values.len() / columns, columns);
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap().to_dtype(DType::F64).unwrap()
}

/// Checks every partial derivative of an objective on a model, with the tolerance of PyTorch's `gradcheck`.
fn check(name: &str, (model, layout): &(Vae, Layout), objective: &dyn Objective, condition: usize) {
    let theta: Vec<f32> = drawn(1, layout.len(), normals).into_iter().map(|value| 0.4 * value).collect();
    let vars = Vars::new(layout, &theta, DType::F64, &Device::Cpu).unwrap();
    let x = f64s(drawn(2, EXAMPLES * model.input(), uniforms), model.input());
    let condition = (condition > 0).then(|| f64s(drawn(3, EXAMPLES * condition, normals), condition));
    let epsilon = f64s(drawn(4, EXAMPLES * objective.draws() * LATENT, normals), LATENT);
    let batch = Batch { x, condition };
    let second_batch = || candle_core::bail!("there is one batch only");
    let surroundings = Surroundings { population: EXAMPLES, second_batch: &second_batch };
    let loss = |vars: &Vars| {
        let pass = Pass::new(model, vars, &batch, &epsilon, objective.holds_z(), &surroundings).unwrap();
        objective.terms(&pass, Weights::new(1.0), None).unwrap().surrogate
    };
    let gradient: Vec<f64> = vars.gradient(&loss(&vars).backward().unwrap()).unwrap().to_vec1().unwrap();
    let held = vars.detached();
    let mut largest = 0.0f64;
    let mut moved = 0;
    for (index, slot) in layout.slots().iter().enumerate() {
        let leaf = held.get(index);
        let values: Vec<f64> = leaf.flatten_all().unwrap().to_vec1().unwrap();
        for i in 0..values.len() {
            let at = |shift: f64| {
                let mut shifted = values.clone();
                shifted[i] += shift;
                leaf.slice_set(&Tensor::from_vec(shifted, leaf.shape(), &Device::Cpu).unwrap(), 0, 0).unwrap();
                loss(&held).to_scalar::<f64>().unwrap()
            };
            let difference = (at(H) - at(-H)) / (2.0 * H);
            at(0.0);
            let found = gradient[slot.offset + i];
            let error = (found - difference).abs();
            assert!(
                error <= 1e-5 + 1e-3 * difference.abs(),
                "{name}: ∂{}[{i}] is {found}, by differences {difference}",
                slot.name
            );
            largest = largest.max(error / (1e-5 + difference.abs()));
            moved += usize::from(difference.abs() > 1e-4);
        }
    }
    println!("{name}: {} partial derivatives, the largest relative deviation is {largest:.1e}", gradient.len());
    assert!(moved > gradient.len() / 2, "{name}: only {moved} of {} derivatives are not 0", gradient.len());
}

const ELBO: Elbo = Elbo { draws: 2, monte_carlo: false };

/// x → W·x, then twice through the same layer; the decoder uses that layer again, with a factor per unit in between.
#[derive(Debug)]
struct Shared {
    first: Linear,
    shared: Linear,
    heads: [Linear; 2],
    up: Linear,
    /// The slot of a custom layer: h ↦ h·e^g, element by element.
    gain: usize,
    output: Linear,
}

impl Shared {
    fn new(layout: &mut Layout, input: usize) -> Self {
        let width = 4;
        Self {
            first: Linear::new(layout, "encoder.first", input, width),
            shared: Linear::new(layout, "shared", width, width),
            heads: ["mean", "log_var"].map(|name| Linear::new(layout, &format!("encoder.{name}"), width, LATENT)),
            up: Linear::new(layout, "decoder.up", LATENT, width),
            gain: layout.push("decoder.gain", &[width], (1, 1), Role::Constant(0.0)),
            output: Linear::new(layout, "decoder.output", width, input),
        }
    }
}

impl Network for Shared {
    fn encode(&self, x: &Tensor, _: Option<&Tensor>, vars: &Vars) -> Result<Vec<Tensor>> {
        let h = self.first.forward(x, vars)?.tanh()?;
        let h = self.shared.forward(&self.shared.forward(&h, vars)?.tanh()?, vars)?.tanh()?;
        self.heads.iter().map(|head| head.forward(&h, vars)).collect()
    }

    fn decode(&self, z: &Tensor, _: Option<&Tensor>, vars: &Vars) -> Result<Tensor> {
        let h = self.shared.forward(&self.up.forward(z, vars)?.tanh()?, vars)?.tanh()?;
        self.output.forward(&h.broadcast_mul(&vars.get(self.gain).exp()?)?, vars)
    }

    fn activations(&self) -> usize {
        20
    }
}

#[test]
fn a_layer_applied_twice_and_one_of_an_unknown_kind_train_right() {
    let architecture = architecture(vector(5), (NetworkOptions::Mlp, vec![]), 0);
    let mut layout = Layout::default();
    let network = Arc::new(Shared::new(&mut layout, 5));
    let model = Vae::with(&mut layout, &architecture, network, Arc::new(Standard(LatentSpace::default())));
    check("shared layers", &(model, layout), &ELBO, 0);
}

/// A mixture of q(z|u_k) over K trained pseudo-inputs u_k (Tomczak and Welling 2018): needs the encoder, does not
/// factorise, and has no closed form.
#[derive(Debug)]
struct Vamp {
    /// The slot of the pseudo-inputs, (K, D).
    inputs: usize,
    /// The slot of their conditions, (K, C), if the model has one.
    conditions: Option<usize>,
    components: usize,
}

impl Vamp {
    /// q(z|u_k), (K) rows.
    fn encoded(&self, given: &Given) -> Result<Posterior> {
        (given.encode)(given.vars.get(self.inputs), self.conditions.map(|slot| given.vars.get(slot)))
    }
}

impl Prior for Vamp {
    fn log_prob(&self, z: &Tensor, given: &Given) -> Result<Nats> {
        let q = self.encoded(given)?;
        let ((rows, d), k) = (z.dims2()?, self.components);
        // Each code under each component: (rows, K, d).
        let wide = |t: &Tensor| t.unsqueeze(0)?.broadcast_as((rows, k, d));
        let (mean, s) = (wide(&q.h)?, wide(q.s.as_ref().unwrap())?);
        let away = z.unsqueeze(1)?.broadcast_sub(&mean)?;
        let log = ((away.sqr()? * s.neg()?.exp()?)? + &s)?.affine(-0.5, -0.5 * std::f64::consts::TAU.ln())?;
        Ok(Nats::PerRow((log.sum(D::Minus1)?.log_sum_exp(1)? - (k as f64).ln())?))
    }

    fn sample(&self, key: Key, step: u64, rows: usize, given: &Given) -> Result<Tensor> {
        let q = self.encoded(given)?;
        let d = given.latent;
        let mut component = vec![0.0; rows];
        uniforms(key, step, 1, &mut component);
        let component: Vec<u32> = component.iter().map(|u| (u * self.components as f32) as u32).collect();
        let at = |t: &Tensor| t.index_select(&Tensor::new(component.as_slice(), t.device())?, 0);
        let q = Posterior { latent: q.latent, h: at(&q.h)?, s: q.s.as_ref().map(at).transpose()? };
        let mut epsilon = vec![0.0; rows * d];
        normals(key, step, 0, &mut epsilon);
        q.sample(&Tensor::from_vec(epsilon, (rows, d), q.h.device())?)
    }
}

/// The standard prior disguised as an unknown one: with its closed form and terms per dimension, or with neither.
#[derive(Debug)]
struct Unknown {
    factorises: bool,
}

impl Prior for Unknown {
    fn log_prob(&self, z: &Tensor, given: &Given) -> Result<Nats> {
        let log = Standard(LatentSpace::default()).log_prob(z, given)?;
        if self.factorises { Ok(log) } else { log.per_row().map(Nats::PerRow) }
    }

    fn kl(&self, q: &Posterior, _: &Given) -> Result<Option<Nats>> {
        self.factorises.then(|| q.kl()).transpose()
    }

    fn sample(&self, key: Key, step: u64, rows: usize, given: &Given) -> Result<Tensor> {
        Standard(LatentSpace::default()).sample(key, step, rows, given)
    }
}

/// The fully connected networks of a model.
fn mlp_of(model: &Vae) -> MlpNet {
    let network: &dyn Any = model.network();
    network.downcast_ref::<MlpNet>().unwrap().clone()
}

/// An evaluation of a trained model uses the model's own prior.
#[test]
fn an_evaluation_uses_the_model_s_own_prior() {
    let data = Dataset::digits(64, 1).unwrap();
    let architecture = architecture(data.shape().clone(), (NetworkOptions::Mlp, vec![4]), 0);
    let transform = Transform::fit(&data);
    let train = DataStatistics::from_data(&data, &transform);
    let evaluation = |prior: Arc<dyn Prior>| {
        let (vanilla, mut layout) = Vae::new(&architecture);
        let network = Arc::new(mlp_of(&vanilla));
        let model = Vae::with(&mut layout, &architecture, network, prior);
        let theta: Vec<f32> = drawn(1, layout.len(), normals).into_iter().map(|value| 0.1 * value).collect();
        let threads = Arc::new(Threads::new(Some(1)));
        let forward = Forward::new(&model, &layout, &theta, &threads, Compute::default()).unwrap();
        let context = EvalContext { forward: &forward, transform: &transform, train: &train };
        context.evaluate(&data, 1.0, 512, 3, &CancelToken::new()).unwrap()
    };
    let known = evaluation(Arc::new(Standard(LatentSpace::default())));
    let closed = evaluation(Arc::new(Unknown { factorises: true }));
    assert!((closed.losses.kl - known.losses.kl).abs() < 1e-6 * known.losses.kl, "{closed:?}");
    assert_eq!(closed.kl_per_dimension.len(), LATENT);
    // 64 · 512 draws: a standard error below 0.01 nats.
    let drawn = evaluation(Arc::new(Unknown { factorises: false }));
    assert!((drawn.losses.kl - known.losses.kl).abs() < 0.05 && drawn.losses.kl != known.losses.kl, "{drawn:?}");
    assert!(drawn.kl_per_dimension.is_empty());
}

#[test]
fn an_encoder_applied_to_pseudo_inputs_trains_right() {
    for condition in [0, 2] {
        let architecture = architecture(vector(5), (NetworkOptions::Mlp, vec![4]), condition);
        let (vanilla, mut layout) = Vae::new(&architecture);
        let mut own = |name: &str, width| layout.push(name, &[3, width], (1, 1), Role::Constant(0.0));
        let inputs = own("prior.inputs", 5);
        let conditions = (condition > 0).then(|| own("prior.conditions", condition));
        let network = Arc::new(mlp_of(&vanilla));
        let prior = Arc::new(Vamp { inputs, conditions, components: 3 });
        let model = Vae::with(&mut layout, &architecture, network, prior);
        check(&format!("a VampPrior with a condition of {condition}"), &(model, layout), &ELBO, condition);
    }
}

#[test]
fn a_convolutional_network_trains_right_on_pictures_of_any_size() {
    for (height, width, depth) in [(8, 8, 1), (7, 6, 3), (5, 9, 1)] {
        let shape = Shape::new(vec![height, width, depth]).unwrap();
        let network = NetworkOptions::Convolutional { channels: vec![2, 3], dense: vec![4] };
        let model = Vae::new(&architecture(shape, (network, vec![]), 0));
        check(&format!("convolutions on {height}×{width}×{depth}"), &model, &ELBO, 0);
    }
}

#[test]
fn a_condition_reaches_encoder_and_decoder() {
    for network in [
        (NetworkOptions::Mlp, vec![4]),
        (NetworkOptions::Mlp, vec![]),
        (NetworkOptions::Convolutional { channels: vec![2], dense: vec![] }, vec![]),
    ] {
        let shape = Shape::new(vec![4, 4]).unwrap();
        let model = Vae::new(&architecture(shape, network.clone(), 3));
        let weights: Vec<_> = model.1.slots().iter().map(|slot| slot.shape.clone()).collect();
        println!("{network:?}: {weights:?}");
        check(&format!("a condition, {network:?}"), &model, &ELBO, 3);
    }
}

#[test]
fn the_importance_weighted_bound_trains_right() {
    let model = Vae::new(&architecture(vector(5), (NetworkOptions::Mlp, vec![4]), 0));
    // The doubly reparameterised gradient is not the gradient of a scalar; importance_weighted.rs compares its mean.
    check("the importance-weighted bound", &model, &ImportanceWeighted { draws: 4, doubly: false }, 0);
}
