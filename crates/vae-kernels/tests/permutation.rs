//! The shuffle is a bijection, a fair one, and another one each epoch.
use vae_kernels::{Key, Permutation, Stream};

fn order(epoch: u64, n: u64) -> Vec<u64> {
    let permutation = Permutation::new(Key::new(1, Stream::Shuffle), epoch, n);
    (0..n).map(|position| permutation.get(position)).collect()
}

#[test]
fn every_element_comes_once() {
    for n in (1..=300).chain([1023, 1024, 1025, 4097, 60_000, 65_536, 65_537, 737_280]) {
        let mut elements = order(3, n);
        elements.sort_unstable();
        assert!(elements.into_iter().eq(0..n), "of {n}");
    }
}

#[test]
fn the_largest_permutation_reaches_both_ends() {
    let n = 1 << 32;
    let permutation = Permutation::new(Key::new(1, Stream::Shuffle), 0, n);
    let elements: Vec<u64> = (0..4096).chain(n - 4096..n).map(|position| permutation.get(position)).collect();
    assert!(elements.iter().all(|&element| element < n));
    // 8192 distinct draws out of 2³²: the smallest and the largest lie within 1 % of the ends.
    assert!(elements.iter().min() < Some(&(n / 100)) && elements.iter().max() > Some(&(n - n / 100)));
}

#[test]
fn epochs_keys_and_streams_give_other_orders() {
    let first = order(0, 60_000);
    let agreements = |other: Vec<u64>| first.iter().zip(&other).filter(|(a, b)| a == b).count();
    // Two random orders agree in a Poisson(1) number of places.
    assert!(agreements(order(1, 60_000)) < 8);
    assert!(agreements(order(1 << 32, 60_000)) < 8);
    for key in [Key::new(2, Stream::Shuffle), Key::new(1, Stream::Split)] {
        let permutation = Permutation::new(key, 0, 60_000);
        assert!(agreements((0..60_000).map(|position| permutation.get(position)).collect()) < 8);
    }
}

/// χ² of the position → element table over many epochs. Its degrees of freedom are (n − 1)², because each row and each
/// column has a given sum.
#[test]
fn every_element_is_equally_likely_everywhere() {
    for n in [2usize, 3, 5, 10, 17, 33, 130] {
        let epochs = 30_000;
        let mut counts = vec![0u32; n * n];
        for epoch in 0..epochs {
            for (position, element) in order(epoch, n as u64).into_iter().enumerate() {
                counts[position * n + element as usize] += 1;
            }
        }
        let expected = epochs as f64 / n as f64;
        let squares: f64 = counts.iter().map(|&count| (f64::from(count) - expected).powi(2)).sum();
        let chi_square = squares / expected * (n as f64 - 1.0) / n as f64;
        let freedom = ((n - 1) * (n - 1)) as f64;
        // In standard deviations of χ²; its tail is long for few degrees of freedom.
        let deviations = (chi_square - freedom) / (2.0 * freedom).sqrt();
        assert!(deviations < 4.5, "n = {n}: {deviations} standard deviations");
    }
}

/// Pairs of neighbouring positions must not hold neighbouring elements more or less often than others.
#[test]
fn neighbours_are_uncorrelated() {
    for n in [100u64, 4096, 60_000] {
        let mut sum = 0.0;
        let mut pairs = 0.0;
        for epoch in 0..600_000 / n {
            // Elements mapped to mean 0, variance 1
            let scaled: Vec<f64> =
                order(epoch, n).iter().map(|&x| (x as f64 + 0.5) / n as f64 * 12f64.sqrt() - 3f64.sqrt()).collect();
            sum += scaled.windows(2).map(|pair| pair[0] * pair[1] + 1.0 / n as f64).sum::<f64>();
            pairs += n as f64 - 1.0;
        }
        let deviations = sum / f64::sqrt(pairs);
        assert!(deviations.abs() < 4.0, "n = {n}: {deviations} standard errors");
    }
}

/// Ascending runs: a random order of n rises about n/2 times, with variance (n + 1)/12.
#[test]
fn an_order_rises_as_often_as_it_falls() {
    for epoch in 0..5 {
        let n = 60_000u64;
        let rises = order(epoch, n).windows(2).filter(|pair| pair[0] < pair[1]).count() as f64;
        assert!((rises - (n - 1) as f64 / 2.0).abs() < 4.0 * ((n + 1) as f64 / 12.0).sqrt());
    }
}

#[test]
fn golden_orders() {
    assert_eq!(order(0, 10), [7, 5, 1, 3, 9, 4, 2, 8, 0, 6]);
    let permutation = Permutation::new(Key::new(1, Stream::Shuffle), 7, 60_000);
    assert_eq!([0, 1, 2, 59_999].map(|position| permutation.get(position)), [42_241, 36_324, 43_604, 44_899]);
}

#[test]
#[should_panic(expected = "position 3 is outside a permutation of 3")]
fn a_position_outside_is_refused() {
    Permutation::new(Key::new(1, Stream::Shuffle), 0, 3).get(3);
}
