//! Location and scale of the standard prior, which are the frame of the latent space.

/// Location and scale of the standard prior, the same in every dimension.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocationScale {
    /// The centre.
    pub location: f64,
    /// σ of a gaussian, b of a Laplace distribution, half the interval of a uniform.
    pub scale: f64,
}

impl Default for LocationScale {
    fn default() -> Self {
        Self { location: 0.0, scale: 1.0 }
    }
}
