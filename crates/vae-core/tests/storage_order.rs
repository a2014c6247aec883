//! The order in which weights lie in memory: nobody outside can tell, neither from values nor from what is computed.
// A helper of tests fails loudly, as the tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]
use candle_core::{DType, Device, Tensor};
use vae_core::model::likelihood::Likelihood;
use vae_core::model::network::{Architecture, Network};
use vae_core::model::posterior::LatentSpace;
use vae_core::nn::activation::Activation;
use vae_core::nn::linear::Linear;
use vae_core::nn::parameters::{Layout, Order, Parameters};
use vae_core::optim::adam::{Adam, AdamOptions};
use vae_kernels::noise::{Key, Stream, normals};

const ROWS: usize = 5;
const FAN_IN: usize = 4;
const MIDDLE: usize = 3;
const FAN_OUT: usize = 2;

fn numbers(n: usize, step: u64) -> Vec<f32> {
    let mut values = vec![0.0; n];
    normals(Key::new(3, Stream::Initialization), step, 0, &mut values);
    values
}

/// Names of the parts that lie in-major.
fn in_major(hidden: Vec<usize>) -> Vec<String> {
    let (activation, posterior) = (Activation::Relu, LatentSpace::default());
    let architecture =
        Architecture { input: 6, hidden, latent: 2, activation, posterior, likelihood: Likelihood::Bernoulli };
    let (_, layout) = Network::new(&architecture);
    layout.slots().iter().filter(|slot| slot.order == Order::InMajor).map(|slot| slot.name.clone()).collect()
}

#[test]
fn the_weights_that_read_data_lie_in_major() {
    assert_eq!(in_major(vec![5, 4]), ["encoder.hidden.0.weight"]);
    assert_eq!(in_major(vec![5]), ["encoder.hidden.0.weight"]);
    assert_eq!(in_major(vec![]), ["encoder.mean.weight", "encoder.log_var.weight"]);
}

#[test]
fn an_in_major_weight_is_transposed_and_comes_back() {
    let mut layout = Layout::default();
    Linear::new(&mut layout, "a", 3, 2, Order::InMajor);
    Linear::new(&mut layout, "b", 2, 2, Order::OutMajor);
    let plain: Vec<f32> = (0u8..14).map(f32::from).collect();
    let stored = layout.to_stored(&plain).unwrap();
    assert_eq!(stored, [0.0, 3.0, 1.0, 4.0, 2.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0]);
    assert_eq!(layout.to_plain(&stored), plain);

    let parameters = Parameters::new(layout.clone(), &plain, DType::F32, true).unwrap();
    assert_eq!(parameters.theta().to_vec1::<f32>().unwrap(), stored);
    assert_eq!(parameters.values().unwrap(), plain);
    let adam = Adam::new(AdamOptions::default(), &parameters).unwrap();
    let v: Vec<f32> = plain.iter().map(|value| value * value).collect();
    adam.set_moments(&plain, &v).unwrap();
    assert_eq!(adam.moments().unwrap(), (plain, v));

    let error = layout.to_stored(&[0.0; 3]).unwrap_err();
    assert_eq!(error.to_string(), "parameters do not fit their layout: expected 14, got 3.");
}

/// What two affine layers in these orders compute, and the gradient of Σ y² with respect to θ, in the plain order.
fn two_layers(orders: [Order; 2]) -> (Vec<f64>, Vec<f64>) {
    let mut layout = Layout::default();
    let first = Linear::new(&mut layout, "first", FAN_IN, MIDDLE, orders[0]);
    let second = Linear::new(&mut layout, "second", MIDDLE, FAN_OUT, orders[1]);
    let theta = numbers(layout.len(), 0);
    let parameters = Parameters::new(layout, &theta, DType::F64, true).unwrap();
    let x = Tensor::from_vec(numbers(ROWS * FAN_IN, 1), (ROWS, FAN_IN), &Device::Cpu).unwrap();
    let h = first.forward(&x.to_dtype(DType::F64).unwrap(), &parameters).unwrap();
    let y = second.forward(&h, &parameters).unwrap();
    y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
    let gradient: Vec<f64> = parameters.gradient().unwrap().to_vec1().unwrap();
    (y.flatten_all().unwrap().to_vec1().unwrap(), parameters.layout().to_plain(&gradient))
}

#[test]
fn layers_compute_the_same_in_either_order() {
    let near = |a: &[f64], b: &[f64]| {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).for_each(|(a, b)| assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{a} is not {b}"));
    };
    let (y, gradient) = two_layers([Order::OutMajor, Order::OutMajor]);
    for orders in
        [[Order::InMajor, Order::OutMajor], [Order::OutMajor, Order::InMajor], [Order::InMajor, Order::InMajor]]
    {
        let found = two_layers(orders);
        near(&found.0, &y);
        near(&found.1, &gradient);
    }
}
