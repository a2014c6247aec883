//! Between which two numbers a reconstruction term can lie on given data: the **ceiling**, what the best constant
//! decoder reaches (a collapsed model), and the **floor**, what no decoder can pass. `explained` says where between
//! them a model stands.
use crate::data::DataStatistics;
use crate::model::likelihood::{Likelihood, Variance};

/// Both bounds of the reconstruction term, nats per example.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The term of the training set's mean image: what is left when z says nothing.
    pub ceiling: f64,
    /// The term that no decoder passes; `None` where there is no such bound (a learned variance can go to 0).
    pub floor: Option<f64>,
}

impl Bounds {
    /// The bounds on data with these statistics for a model trained on data with statistics `train`.
    pub fn new(likelihood: Likelihood, train: &DataStatistics, data: &DataStatistics) -> Self {
        let d = train.mean.len() as f64;
        let normal = |variance: f64| 0.5 * d * (std::f64::consts::TAU * variance).ln();
        match likelihood {
            Likelihood::Bernoulli => {
                // Clipped as an f32 sigmoid clips it, so that a pixel which is always 0 in training costs a finite sum.
                let p = train.mean.iter().map(|p| p.clamp(1e-7, 1.0 - 1e-7));
                let term = |(x, p): (&f64, f64)| -(x * p.ln() + (1.0 - x) * (1.0 - p).ln());
                Self { ceiling: data.mean.iter().zip(p).map(term).sum(), floor: Some(data.entropy) }
            }
            Likelihood::SquaredError => Self { ceiling: data.squared_error(&train.mean), floor: Some(0.0) },
            Likelihood::Gaussian(Variance::Fixed(variance)) => {
                let floor = normal(variance);
                Self { ceiling: 0.5 * data.squared_error(&train.mean) / variance + floor, floor: Some(floor) }
            }
            Likelihood::Gaussian(Variance::Learned) => {
                // The σ² that a collapsed model learns: the mean squared distance from the mean image.
                let variance = (train.squared_error(&train.mean) / d).max(f64::MIN_POSITIVE);
                let ceiling = 0.5 * data.squared_error(&train.mean) / variance + normal(variance);
                Self { ceiling, floor: None }
            }
        }
    }

    /// (ceiling − reconstruction)/(ceiling − floor): 0 for the mean image, 1 for the floor.
    pub fn explained(&self, reconstruction: f64) -> Option<f64> {
        let floor = self.floor?;
        (self.ceiling > floor).then(|| (self.ceiling - reconstruction) / (self.ceiling - floor))
    }
}
