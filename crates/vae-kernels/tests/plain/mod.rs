//! A training step as a plain program: one example, one unit, one number at a time, every sum in the order of its
//! index. It specifies the kernels, which give the same bits.
#![allow(dead_code, reason = "each test program uses its own share of this")]
use vae_kernels::elementary::{exp, exp_m1, sigmoid, softplus, tanh};
use vae_kernels::{Activation, Adam, Affine, Family, Net, PixelLoss, Posterior, TermSums};

/// θ and both moments.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub theta: Vec<f32>,
    pub m: Vec<f32>,
    pub v: Vec<f32>,
}

/// A network with its layers one after the other in θ.
pub fn net(
    input: usize,
    hidden: &[usize],
    d: usize,
    activation: Activation,
    term: PixelLoss,
    posterior: Option<Posterior>,
) -> Net {
    let mut end = 0;
    let mut layer = |fan_in: usize, fan_out: usize, reads_data: bool| {
        let (weight, bias) = (end, end + fan_in * fan_out);
        end = bias + fan_out;
        Affine { weight, bias, fan_in, fan_out, reads_data }
    };
    let (mut encoder, mut decoder) = (Vec::new(), Vec::new());
    let mut width = input;
    for &size in hidden {
        encoder.push(layer(width, size, encoder.is_empty()));
        width = size;
    }
    let mean = layer(width, d, encoder.is_empty());
    let raw_scale = posterior.map(|_| layer(width, d, encoder.is_empty()));
    width = d;
    for &size in hidden.iter().rev() {
        decoder.push(layer(width, size, false));
        width = size;
    }
    let output = layer(width, input, false);
    // The gaussian likelihood learns its variance.
    let log_variance = (term == PixelLoss::Squared).then_some(end);
    let posterior = posterior.unwrap_or_default();
    Net {
        encoder,
        mean,
        scale_head: raw_scale,
        decoder,
        output,
        posterior,
        activation,
        term,
        factor: 0.5,
        log_variance,
    }
}

/// W[out, in] of a layer.
fn weight(layer: &Affine, theta: &[f32], output: usize, input: usize) -> f32 {
    let Affine { weight, fan_in, fan_out, reads_data, .. } = *layer;
    theta[weight + if reads_data { input * fan_out + output } else { output * fan_in + input }]
}

/// W·x + b
fn affine(layer: &Affine, theta: &[f32], x: &[f32]) -> Vec<f32> {
    let row = |i: usize| (0..layer.fan_in).fold(0.0f32, |sum, k| weight(layer, theta, i, k).mul_add(x[k], sum));
    (0..layer.fan_out).map(|i| row(i) + theta[layer.bias + i]).collect()
}

/// Σ Wᵀ·g over some layers with the same input, in one sum.
fn transposed(layers: &[(&Affine, &[f32])], theta: &[f32]) -> Vec<f32> {
    let column = |j: usize| {
        let terms = layers.iter().flat_map(|(layer, g)| (0..layer.fan_out).map(move |i| (*layer, i, g[i])));
        terms.fold(0.0f32, |sum, (layer, i, g)| weight(layer, theta, i, j).mul_add(g, sum))
    };
    (0..layers[0].0.fan_in).map(column).collect()
}

fn activate(activation: Activation, a: f32) -> f32 {
    match activation {
        Activation::Relu => {
            if a <= 0.0 {
                0.0
            } else {
                a
            }
        }
        Activation::Tanh => tanh(a),
        Activation::Softplus => softplus(a),
        Activation::Silu => a * sigmoid(a),
        Activation::Identity => a,
    }
}

/// g·f′(a)
fn chain(activation: Activation, g: f32, a: f32) -> f32 {
    let (h, s) = (activate(activation, a), sigmoid(a));
    match activation {
        Activation::Relu => {
            if h > 0.0 {
                g
            } else {
                0.0
            }
        }
        Activation::Tanh => g * (-h).mul_add(h, 1.0),
        Activation::Softplus => g * s,
        Activation::Silu => g * (s * a.mul_add(1.0 - s, 1.0)),
        Activation::Identity => g,
    }
}

/// The likelihood's term.
fn value(term: PixelLoss, a: f32, x: f32) -> f32 {
    match term {
        PixelLoss::CrossEntropy => (-a).mul_add(x, softplus(a)),
        PixelLoss::SquaredSigmoid => (sigmoid(a) - x) * (sigmoid(a) - x),
        PixelLoss::Squared => (a - x) * (a - x),
    }
}

fn derivative(term: PixelLoss, a: f32, x: f32, scale: f32) -> f32 {
    let p = sigmoid(a);
    match term {
        PixelLoss::CrossEntropy => (p - x) * scale,
        PixelLoss::SquaredSigmoid => 2.0 * (p - x) * p * (1.0 - p) * scale,
        PixelLoss::Squared => 2.0 * (a - x) * scale,
    }
}

/// Some hidden layers: the input of each, then the output of the last; and the inputs of the nonlinearities.
struct Stack {
    h: Vec<Vec<f32>>,
    a: Vec<Vec<f32>>,
}

impl Stack {
    fn forward(net: &Net, layers: &[Affine], theta: &[f32], x: &[f32]) -> Self {
        let mut stack = Self { h: vec![x.to_vec()], a: Vec::new() };
        for layer in layers {
            let a = affine(layer, theta, &stack.h[stack.a.len()]);
            stack.h.push(a.iter().map(|&a| activate(net.activation, a)).collect());
            stack.a.push(a);
        }
        stack
    }

    fn top(&self) -> &[f32] {
        &self.h[self.a.len()]
    }

    /// Gradients of all layers' outputs, in order, from that of the last.
    fn backward(&self, net: &Net, layers: &[Affine], theta: &[f32], mut gradient: Vec<f32>) -> Vec<Vec<f32>> {
        let mut gradients = Vec::new();
        for (i, a) in self.a.iter().enumerate().rev() {
            let g: Vec<f32> = gradient.iter().zip(a).map(|(&g, &a)| chain(net.activation, g, a)).collect();
            if i > 0 {
                gradient = transposed(&[(&layers[i], &g)], theta);
            }
            gradients.insert(0, g);
        }
        gradients
    }
}

/// μ and the raw scale of an example.
pub fn encode(net: &Net, theta: &[f32], x: &[f32]) -> (Vec<f32>, Option<Vec<f32>>) {
    let stack = Stack::forward(net, &net.encoder, theta, x);
    let head = |layer: &Affine| affine(layer, theta, stack.top());
    (head(&net.mean), net.scale_head.as_ref().map(head))
}

/// The decoder's output.
pub fn decode(net: &Net, theta: &[f32], z: &[f32]) -> Vec<f32> {
    affine(&net.output, theta, Stack::forward(net, &net.decoder, theta, z).top())
}

/// Σ of the likelihood's term.
pub fn term(net: &Net, theta: &[f32], z: &[f32], x: &[f32]) -> f64 {
    decode(net, theta, z).iter().zip(x).map(|(&a, &x)| f64::from(value(net.term, a, x))).fold(0.0, |sum, v| sum + v)
}

/// The layers in order: encoder, heads, decoder, output.
fn layers(net: &Net) -> Vec<&Affine> {
    let heads = std::iter::once(&net.mean).chain(&net.scale_head);
    net.encoder.iter().chain(heads).chain(&net.decoder).chain(std::iter::once(&net.output)).collect()
}

/// A draw of one dimension.
struct Drawn {
    u: f32,
    noise: f32,
    /// ln q − ln p.
    kl: f32,
}

fn drawn_of(posterior: Posterior, h: f32, s: f32, epsilon: f32) -> Drawn {
    let (loc, scale) = match posterior.family {
        Family::Gaussian => (h, exp(0.5 * s)),
        Family::Laplace => (h, exp(s)),
        Family::Uniform => (sigmoid(-s) * tanh(h), sigmoid(s)),
    };
    let noise = scale * epsilon;
    let u = loc + noise;
    let kl = match posterior.family {
        Family::Gaussian => 0.5 * (u.mul_add(u, -(epsilon * epsilon)) - s),
        Family::Laplace => (u.abs() - epsilon.abs()) - s,
        Family::Uniform => softplus(-s),
    };
    Drawn { u, noise, kl }
}

fn prior_slope(family: Family, u: f32) -> f32 {
    match family {
        Family::Gaussian => u,
        Family::Laplace if u == 0.0 => 0.0,
        Family::Laplace => 1f32.copysign(u),
        Family::Uniform => 0.0,
    }
}

fn kl(family: Family, h: f32, s: f32) -> f32 {
    match family {
        Family::Gaussian => 0.5 * h.mul_add(h, exp_m1(s) - s),
        Family::Laplace => (exp_m1(s) - s) + exp(s).mul_add(exp_m1(-scaled_distance(h, s)), h.abs()),
        Family::Uniform => softplus(-s),
    }
}

fn scaled_distance(h: f32, s: f32) -> f32 {
    let t = h.abs() / exp(s);
    if t < 1e30 { t } else { 1e30 }
}

/// Gradients of h and s from Σ ∂u and Σ ∂u·noise.
fn back(posterior: Posterior, h: f32, s: f32, [sum, moment]: [f32; 2], beta: f32) -> (f32, f32) {
    match (posterior.family, posterior.monte_carlo) {
        (Family::Gaussian, false) => (beta.mul_add(h, sum), beta.mul_add(0.5 * exp_m1(s), 0.5 * moment)),
        (Family::Gaussian, true) => (sum, beta.mul_add(-0.5, 0.5 * moment)),
        (Family::Laplace, true) => (sum, beta.mul_add(-1.0, moment)),
        (Family::Laplace, false) => {
            let t = scaled_distance(h, s);
            let e = exp_m1(-t);
            let slope = exp_m1(s) + exp(s) * t.mul_add(1.0 + e, e);
            (beta.mul_add((-e).copysign(h), sum), beta.mul_add(slope, moment))
        }
        (Family::Uniform, _) => {
            let w = sigmoid(s);
            let rest = sigmoid(-s);
            let t = tanh(h);
            let through_u = rest * (w * t).mul_add(-sum, moment);
            (sum * (rest * (-t).mul_add(t, 1.0)), beta.mul_add(-rest, through_u))
        }
    }
}

/// One layer's input, the gradient of its output, and the lane of this row of the batch.
type Row = (Vec<f32>, Vec<f32>, usize);

/// Makes one update on examples with L draws of ε each; returns both terms, summed over the batch.
pub fn step(net: &Net, adam: Adam, x: &[Vec<f32>], epsilon: &[Vec<f32>], beta: f64, state: &mut State) -> TermSums {
    let examples = x.len();
    let draws = epsilon.len() / x.len();
    let theta = &state.theta;
    let factor = net.factor * net.log_variance.map_or(1.0, |at| exp(-theta[at]));
    let scale = factor / (examples * draws) as f32;
    let beta = (beta / examples as f64) as f32;
    let mut rows: Vec<Vec<Row>> = layers(net).iter().map(|_| Vec::new()).collect();
    let heads = net.encoder.len();
    let decoder = net.encoder.len() + 1 + net.scale_head.iter().len();
    let mut term_sums = vec![0.0; examples * draws];
    let mut kl_sums = vec![0.0f64; examples];
    for panel in (0..examples).step_by(16) {
        let lanes = panel..examples.min(panel + 16);
        let encoders: Vec<Stack> =
            lanes.clone().map(|example| Stack::forward(net, &net.encoder, theta, &x[example])).collect();
        let encodings: Vec<_> = lanes.clone().map(|example| encode(net, theta, &x[example])).collect();
        let d = net.mean.fan_out;
        let mut sums = vec![vec![[0.0f32; 2]; d]; lanes.len()];
        let mut kls = vec![Vec::new(); lanes.len()];
        for draw in 0..draws {
            for (lane, example) in lanes.clone().enumerate() {
                let (mean, raw_scale) = &encodings[lane];
                let row = example * draws + draw;
                let drawn = |j: usize| match raw_scale {
                    Some(s) => drawn_of(net.posterior, mean[j], s[j], epsilon[row][j]),
                    None => Drawn { u: mean[j], noise: 0.0, kl: 0.0 },
                };
                let drawn: Vec<Drawn> = (0..d).map(drawn).collect();
                let Posterior { location, scale: unit, monte_carlo, .. } = net.posterior;
                kls[lane].push(drawn.iter().map(|drawn| drawn.kl).collect::<Vec<f32>>());
                let z: Vec<f32> = drawn.iter().map(|drawn| unit.mul_add(drawn.u, location)).collect();
                term_sums[row] = term(net, theta, &z, &x[example]);
                let stack = Stack::forward(net, &net.decoder, theta, &z);
                let output = affine(&net.output, theta, stack.top());
                let g: Vec<f32> =
                    output.iter().zip(&x[example]).map(|(&a, &x)| derivative(net.term, a, x, scale)).collect();
                let top = transposed(&[(&net.output, &g)], theta);
                let gradients = stack.backward(net, &net.decoder, theta, top.clone());
                let dz = match gradients.first() {
                    Some(first) => transposed(&[(&net.decoder[0], first)], theta),
                    None => top,
                };
                for (sums, (dz, drawn)) in sums[lane].iter_mut().zip(dz.iter().zip(&drawn)) {
                    let slope = if monte_carlo { prior_slope(net.posterior.family, drawn.u) } else { 0.0 };
                    let du = (beta / draws as f32).mul_add(slope, unit * dz);
                    *sums = [sums[0] + du, du.mul_add(drawn.noise, sums[1])];
                }
                for (i, gradient) in gradients.into_iter().chain([g]).enumerate() {
                    rows[decoder + i].push((stack.h[i].clone(), gradient, lane));
                }
            }
        }
        for (lane, example) in lanes.enumerate() {
            let (mean, raw_scale) = &encodings[lane];
            let mut gradients = vec![sums[lane].iter().map(|sums| sums[0]).collect::<Vec<f32>>()];
            if let Some(s) = raw_scale {
                gradients.push(Vec::new());
                for j in 0..d {
                    if net.posterior.monte_carlo {
                        kls[lane].iter().for_each(|kls| kl_sums[example] += f64::from(kls[j]) / draws as f64);
                    } else {
                        kl_sums[example] += f64::from(kl(net.posterior.family, mean[j], s[j]));
                    }
                    let (dh, ds) = back(net.posterior, mean[j], s[j], sums[lane][j], beta);
                    gradients[0][j] = dh;
                    gradients[1].push(ds);
                }
            }
            let stack = &encoders[lane];
            let layers = layers(net);
            let above: Vec<_> = gradients.iter().enumerate().map(|(i, g)| (layers[heads + i], g.as_slice())).collect();
            let below = stack.backward(net, &net.encoder, theta, transposed(&above, theta));
            for (i, gradient) in below.into_iter().enumerate() {
                rows[i].push((stack.h[i].clone(), gradient, lane));
            }
            for (i, gradient) in gradients.into_iter().enumerate() {
                rows[heads + i].push((stack.top().to_vec(), gradient, lane));
            }
        }
    }
    let reconstruction = f64::from(factor) * term_sums.iter().fold(0.0, |sum, term| sum + term) / draws as f64;
    let terms = TermSums { reconstruction, kl: kl_sums.iter().fold(0.0, |sum, kl| sum + kl) };

    let mut g = gradient(net, &rows, theta.len());
    if let Some(at) = net.log_variance {
        g[at] = (0.5 * net.output.fan_out as f64 - terms.reconstruction / examples as f64) as f32;
    }
    update(adam, &g, state);
    terms
}

/// Gradient of all weights and biases: sums over the rows of each layer.
fn gradient(net: &Net, rows: &[Vec<Row>], len: usize) -> Vec<f32> {
    let mut g = vec![0.0; len];
    for (layer, rows) in layers(net).into_iter().zip(rows) {
        for output in 0..layer.fan_out {
            for input in 0..layer.fan_in {
                let at = if layer.reads_data { input * layer.fan_out + output } else { output * layer.fan_in + input };
                g[layer.weight + at] = rows.iter().fold(0.0f32, |sum, (x, g, _)| x[input].mul_add(g[output], sum));
            }
            let mut sums = [0.0f32; 16];
            rows.iter().for_each(|(_, g, lane)| sums[*lane] += g[output]);
            for half in [8, 4, 2, 1] {
                (0..half).for_each(|lane| sums[lane] += sums[lane + half]);
            }
            g[layer.bias + output] = sums[0];
        }
    }
    g
}

fn update(adam: Adam, g: &[f32], state: &mut State) {
    let State { theta, m, v } = state;
    for (((theta, m), v), &g) in theta.iter_mut().zip(m).zip(v).zip(g) {
        *m = adam.mean_weight.mul_add(g - *m, *m);
        *v = (adam.square_weight * g).mul_add(g, adam.decay * *v);
        *theta = adam.keep * *theta - adam.size * *m / v.sqrt().mul_add(adam.inverse_root, adam.epsilon);
    }
}
