//! The critical β: on data of known covariance, and on MNIST.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use vae_core::CancelToken;
use vae_core::base::threads::Threads;
use vae_core::data::{Dataset, Transform};
use vae_core::infer::forecast::Forecast;
use vae_core::infer::spectrum::Spectrum;
use vae_core::model::likelihood::{Likelihood, Variance};
use vae_kernels::noise::{Key, Stream, normals};

use testing::{mnist, vectors};

fn spectrum(data: &Dataset, likelihood: Likelihood) -> Spectrum {
    Spectrum::from_data(data, &Transform::fit(data), likelihood, &Threads::new(None), &CancelToken::new()).unwrap()
}

#[track_caller]
fn near(found: f64, expected: f64, relative: f64) {
    assert!((found / expected - 1.0).abs() < relative, "{found} is not {expected}");
}

/// Columns of 10,000 normals with deviations 3, 2, 1: their sample variances are the eigenvalues, up to chance
/// correlations between columns.
#[test]
fn independent_columns_have_their_variances() {
    let mut x = vec![0.0; 30_000];
    normals(Key::new(4, Stream::Digits), 0, 0, &mut x);
    for row in x.chunks_exact_mut(3) {
        row.iter_mut().zip([3.0, 2.0, 1.0]).for_each(|(x, deviation)| *x = 5.0 + deviation * *x);
    }
    let data = vectors(x, 3);
    let found = spectrum(&data, Likelihood::Gaussian(Variance::Fixed(0.5)));
    assert_eq!(found.eigenvalues.len(), 3);
    for (found, expected) in found.eigenvalues.iter().zip([18.0, 8.0, 2.0]) {
        near(*found, expected, 0.05);
    }
    assert_eq!([1.0, 5.0, 12.0, 20.0].map(|beta| found.active_dimensions(beta)), [3, 2, 1, 0]);
    // The mean variance is (9 + 4 + 1)/3.
    near(spectrum(&data, Likelihood::Gaussian(Variance::Learned)).critical_beta(), 9.0 * 3.0 / 14.0, 0.05);
}

/// Two equal pixels are one direction of λ = 2; a constant pixel is none.
#[test]
fn equal_pixels_are_one_direction() {
    let rows = [[1u8, 1, 0], [0, 0, 0], [1, 1, 0], [0, 0, 0]].as_flattened().to_vec();
    let data = vectors(rows.into_iter().map(f32::from).collect(), 3);
    let found = spectrum(&data, Likelihood::Bernoulli);
    near(found.critical_beta(), 2.0, 1e-5);
    assert!(found.eigenvalues[1] < 1e-5);
}

/// SCIENCE's table: eigenvalues of the covariance and of P^−½ S P^−½ of the training set.
#[test]
fn the_spectrum_of_mnist_is_the_known_one() {
    let Some((train, _)) = mnist() else { return };
    let gaussian = spectrum(&train, Likelihood::Gaussian(Variance::Fixed(1.0)));
    let known = [5.1168, 3.7413, 3.2527, 2.8416, 2.5671, 2.2736, 1.7251, 1.5205, 1.4563, 1.2427, 1.1121, 1.0666];
    for (found, known) in gaussian.eigenvalues.iter().zip(known) {
        near(*found, known, 1e-4);
    }
    // The linear autoencoder's residual: 52.7250 is the total variance.
    for (d, left) in [(1, 47.6083), (2, 43.8669), (10, 26.9873), (20, 18.7923), (50, 9.2457)] {
        near(52.7250 - gaussian.eigenvalues[..d].iter().sum::<f64>(), left, 1e-4);
    }
    // A linear VAE with σ² = 1 and d = 20 uses 12, 6 and 3 dimensions at these β.
    assert_eq!([1.0, 2.0, 3.0].map(|beta| gaussian.active_dimensions(beta)), [12, 6, 3]);
    near(spectrum(&train, Likelihood::SquaredError).critical_beta(), 2.0 * 5.1168, 1e-4);
    let bernoulli = spectrum(&train, Likelihood::Bernoulli);
    let start = std::time::Instant::now();
    let transform = Transform::fit(&train);
    let threads = Threads::new(None);
    let forecast =
        Forecast::from_data(&train, &transform, Likelihood::Bernoulli, &threads, &CancelToken::new()).unwrap();
    println!("{forecast:?} in {:.3} s", start.elapsed().as_secs_f64());
    near(forecast.critical_beta, bernoulli.critical_beta(), 0.05);
    assert_eq!(forecast.examples, 2 * ((1 << 22) / 784));
    for (found, known) in
        bernoulli.eigenvalues.iter().zip([32.233, 22.877, 20.996, 16.175, 14.123, 12.207, 10.628, 9.663])
    {
        near(*found, known, 1e-4);
    }
    println!(
        "critical β of MNIST: bernoulli {:.4}, gaussian {:.4}",
        bernoulli.critical_beta(),
        gaussian.critical_beta()
    );
}

/// N examples of white noise with one direction of variance ℓ, and the largest eigenvalue of their covariance in the limit
/// of large N and D, γ = D/N: ℓ(1 + γ/(ℓ − 1)) if ℓ > 1 + √γ (Baik and Silverstein 2006), else the edge of the noise,
/// (1 + √γ)² (Marchenko and Pastur 1967).
fn spiked(n: usize, d: usize, spike: f64) -> (Dataset, f64) {
    let mut x = vec![0.0; n * d];
    normals(Key::new(9, Stream::Digits), 0, 0, &mut x);
    x.iter_mut().step_by(d).for_each(|x| *x *= spike.sqrt() as f32);
    let gamma = d as f64 / n as f64;
    let is_visible = spike > 1.0 + gamma.sqrt();
    let expected = if is_visible { spike * (1.0 + gamma / (spike - 1.0)) } else { (1.0 + gamma.sqrt()).powi(2) };
    (vectors(x, d), expected)
}

/// A sample of 512 of 2048 examples has a largest eigenvalue of 25 in white noise, and of 41.7 with ℓ = 25; all of the
/// data, 9 and 29.2.
#[test]
fn a_forecast_from_few_examples_is_not_that_of_their_noise() {
    for spike in [1.0, 25.0] {
        let (data, expected) = spiked(2048, 8192, spike);
        let likelihood = Likelihood::Gaussian(Variance::Fixed(1.0));
        let (transform, threads) = (Transform::fit(&data), Threads::new(None));
        let start = std::time::Instant::now();
        let forecast = Forecast::from_data(&data, &transform, likelihood, &threads, &CancelToken::new()).unwrap();
        println!("ℓ = {spike}: {forecast:?}, not {expected:.2}, in {:.3} s", start.elapsed().as_secs_f64());
        assert_eq!(forecast.examples, 1024);
        assert!((0.9..1.2).contains(&(forecast.critical_beta / expected)), "{forecast:?}, {expected}");
        assert!(!forecast.is_exceeded_by(expected), "{forecast:?}, {expected}");
        assert!(forecast.is_exceeded_by(1.5 * expected), "{forecast:?}, {expected}");
    }
}

/// Data that fit into one sample: the forecast is the exact value, and knows it.
#[test]
fn a_forecast_from_all_examples_is_exact() {
    let (data, _) = spiked(500, 40, 3.0);
    let (transform, threads) = (Transform::fit(&data), Threads::new(None));
    let likelihood = Likelihood::Gaussian(Variance::Fixed(1.0));
    let forecast = Forecast::from_data(&data, &transform, likelihood, &threads, &CancelToken::new()).unwrap();
    near(forecast.critical_beta, spectrum(&data, likelihood).critical_beta(), 1e-3);
    assert_eq!((forecast.standard_error, forecast.examples), (0.0, 500));
    assert!(forecast.is_exceeded_by(1.001 * forecast.critical_beta));
}
