//! Numbers known without training, or before it: closed forms, and constants of MNIST computed from its pixels alone
//! (pixels / 255, natural logarithms).
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use candle_core::{DType, Device, Tensor};
use vae_core::data::{DataStatistics, Dataset, Transform};
use vae_core::files::metadata::ModelMetadata;
use vae_core::model::likelihood::{Likelihood, Variance};
use vae_core::model::posterior::{Family, LatentSpace, Posterior};
use vae_core::model::vae::Vae;
use vae_core::{CancelToken, TrainOptions};

use testing::{mnist, model, options, vector};

#[track_caller]
fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "found {found}, expected {expected} ± {tolerance}");
}

fn ln_odds(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// ½(μ² + σ² − 1 − ln σ²), in f64, for means near and far and deviations from 1e-6 to 1e3, many of them close to 1.
#[test]
fn the_gaussian_kl_is_its_closed_form() {
    let means = [-30.0, -3.0, -1.0, -0.1, -1e-3, 0.0, 1e-6, 1e-2, 0.5, 2.0, 10.0];
    let near_one = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1].into_iter().flat_map(|e| [1.0 - e, 1.0 + e]);
    let deviations: Vec<f64> = [1e-6, 1e-3, 0.1, 0.5, 1.0, 2.0, 30.0, 1e3].into_iter().chain(near_one).collect();
    let (mut mu, mut s) = (Vec::new(), Vec::new());
    for &mean in &means {
        for sigma in &deviations {
            mu.push(mean);
            s.push(2.0 * sigma.ln());
        }
    }
    let latent = LatentSpace::default();
    for dtype in [DType::F64, DType::F32] {
        let tensor = |values: &[f64]| {
            Tensor::from_slice(values, (means.len(), deviations.len()), &Device::Cpu).unwrap().to_dtype(dtype).unwrap()
        };
        let (mean, log_var) = (tensor(&mu), tensor(&s));
        // The model's inputs: expected values follow from the rounded μ and ln σ², not from the originals.
        let numbers =
            |t: &Tensor| -> Vec<f64> { t.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap() };
        let (mu, s) = (numbers(&mean), numbers(&log_var));
        let kl = numbers(Posterior { latent, h: mean, s: Some(log_var) }.kl().unwrap().per_dimension().unwrap());
        for ((kl, mu), s) in kl.into_iter().zip(mu).zip(s) {
            let expected = 0.5 * (mu * mu + s.exp() - 1.0 - s);
            near(kl, expected, 1e-6 * expected.max(1.0));
        }
    }
}

/// e^s − 1 − s is ½s² + s³/6 + …: a dimension that has almost collapsed keeps its digits in f32.
#[test]
fn a_nearly_collapsed_kl_keeps_its_digits() {
    for s in [1e-3f32, -1e-3, 1e-2, -1e-2] {
        let log_var = Tensor::from_slice(&[s], (1, 1), &Device::Cpu).unwrap();
        let latent = LatentSpace::default();
        let posterior = Posterior { latent, h: log_var.zeros_like().unwrap(), s: Some(log_var) };
        let kl = f64::from(posterior.kl().unwrap().per_row().unwrap().to_vec1::<f32>().unwrap()[0]);
        let s = f64::from(s);
        let expected = 0.5 * (s * s / 2.0 + s.powi(3) / 6.0 + s.powi(4) / 24.0);
        near(kl / expected, 1.0, 1e-3);
    }
}

#[test]
fn a_posterior_without_a_density_has_no_kl() {
    let mean = Tensor::ones((3, 2), DType::F32, &Device::Cpu).unwrap();
    let latent = LatentSpace { family: Family::Deterministic, ..LatentSpace::default() };
    let kl = Posterior { latent, h: mean, s: None }.kl().unwrap();
    assert_eq!(kl.per_dimension().unwrap().to_vec2::<f32>().unwrap(), [[0.0; 2]; 3]);
}

/// Mean −log p(x|z) of the test images, with a decoder whose output is a function of the pixel.
fn reconstruction(likelihood: Likelihood, data: &Dataset, output: impl Fn(f32) -> f32) -> f64 {
    let transform = Transform::fit(data);
    let size = data.shape().size();
    let mut sum = 0.0;
    for start in (0..data.len()).step_by(1000) {
        let rows: Vec<usize> = (start..(start + 1000).min(data.len())).collect();
        let mut x = vec![0.0; rows.len() * size];
        data.gather(&rows, &transform, &mut x);
        let tensor = |values: Vec<f32>| Tensor::from_vec(values, (rows.len(), size), &Device::Cpu).unwrap();
        let a = tensor(x.iter().map(|&x| output(x)).collect());
        let terms = likelihood.negative_log(&a, &tensor(x), None).unwrap();
        sum += terms.to_vec1::<f32>().unwrap().into_iter().map(f64::from).sum::<f64>();
    }
    sum / data.len() as f64
}

#[test]
fn reconstructions_of_mnist_lie_where_its_pixels_put_them() {
    let Some((train, test)) = mnist() else { return };
    let pixel_logit = |x: f32| ln_odds(f64::from(x).clamp(1e-12, 1.0 - 1e-12)) as f32;
    near(reconstruction(Likelihood::Bernoulli, &test, pixel_logit), 45.5345, 1e-3);
    near(reconstruction(Likelihood::Bernoulli, &test, |_| 0.0), 784.0 * 2f64.ln(), 1e-3);
    near(784.0 * 2f64.ln(), 543.4274, 1e-4);
    let unit = Likelihood::Gaussian(Variance::Fixed(1.0));
    near(reconstruction(unit, &test, |x| x), 392.0 * std::f64::consts::TAU.ln(), 1e-3);

    let transform = Transform::fit(&train);
    let (train, test) = (DataStatistics::from_data(&train, &transform), DataStatistics::from_data(&test, &transform));
    near(Likelihood::Bernoulli.bounds(&train, &train).ceiling, 206.0275, 1e-4);
    near(Likelihood::Bernoulli.bounds(&train, &test).ceiling, 205.8047, 1e-4);
    near(train.entropy, 45.7568, 1e-4);
    near(test.entropy, 45.5345, 1e-4);
    near(Likelihood::SquaredError.bounds(&train, &train).ceiling, 52.7250, 1e-4);
}

/// θ of a model whose decoder ignores z: all 0 except the last bias.
fn constant_decoder(options: &TrainOptions, output: Vec<f32>) -> Vec<f32> {
    let (_, layout) = Vae::new(&options.architecture(&vector(output.len())));
    let mut theta = vec![0.0; layout.len()];
    let bias = layout.slots().iter().find(|slot| slot.name == "decoder.output.bias").unwrap();
    theta[bias.range()].copy_from_slice(&output);
    theta
}

/// A collapsed model outputs the mean image for any z. Checked through the whole model, on the test images.
#[test]
fn a_constant_decoder_reaches_the_ceiling() {
    let Some((train, test)) = mnist() else { return };
    let cases = [
        (r#""bernoulli""#, 205.8047, Some(45.5345)),
        (r#""squared-error""#, 52.7250, Some(0.0)),
        (r#"{"type":"gaussian","variance":1}"#, 52.7250, Some(392.0 * std::f64::consts::TAU.ln())),
    ];
    for (likelihood, ceiling, floor) in cases {
        let options = options(serde_json::from_str(&format!(r#"{{"likelihood":{likelihood}}}"#)).unwrap());
        let mean = ModelMetadata::new(&train, &options).moments.mean;
        let is_gaussian = matches!(options.likelihood, Likelihood::Gaussian(_));
        let output =
            mean.iter().map(|&p| if is_gaussian { p } else { ln_odds(p.clamp(1e-7, 1.0 - 1e-7)) } as f32).collect();
        let theta = constant_decoder(&options, output);
        let evaluation = model(&train, &options, theta).evaluate(&test, None, None, &CancelToken::new()).unwrap();
        println!("{likelihood}: {} of {}", evaluation.losses.reconstruction, evaluation.ceiling);
        near(evaluation.losses.kl, 0.0, 1e-9);
        near(evaluation.losses.reconstruction, evaluation.ceiling, 1e-3);
        near(evaluation.explained.unwrap(), 0.0, 1e-5);
        near(evaluation.floor.unwrap(), floor.unwrap(), 1e-3);
        if likelihood.contains("bernoulli") {
            near(evaluation.losses.reconstruction, ceiling, 0.01);
        }
        assert_eq!(evaluation.active_units, 0);
    }
}
