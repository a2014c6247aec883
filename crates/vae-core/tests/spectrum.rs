//! The critical β: on data of known covariance, and on MNIST.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use vae_core::CancelToken;
use vae_core::base::threads::Threads;
use vae_core::data::{Dataset, Transform};
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
        Spectrum::forecast(&train, &transform, Likelihood::Bernoulli, &threads, &CancelToken::new()).unwrap();
    println!("forecast {forecast:.4} in {:.3} s", start.elapsed().as_secs_f64());
    assert!((1.0..1.1).contains(&(forecast / bernoulli.critical_beta())), "{forecast}");
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
