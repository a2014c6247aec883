//! Log densities and divergences of rows.
use candle_core::{Result, Tensor};

/// One value in nats per row, split into terms per dimension if it has such terms. A density that does not factorise (a
/// mixture, a full covariance) has none.
#[derive(Debug, Clone)]
pub enum Nats {
    /// (rows, d); a row's value is the sum over its dimensions.
    PerDimension(Tensor),
    /// (rows).
    PerRow(Tensor),
}

impl Nats {
    /// The value of each row, (rows).
    ///
    /// # Errors
    /// Device errors.
    pub fn per_row(&self) -> Result<Tensor> {
        match self {
            Self::PerDimension(terms) => terms.sum(1),
            Self::PerRow(sums) => Ok(sums.clone()),
        }
    }

    /// The terms of each dimension, (rows, d), if there are any.
    pub fn per_dimension(&self) -> Option<&Tensor> {
        match self {
            Self::PerDimension(terms) => Some(terms),
            Self::PerRow(_) => None,
        }
    }

    /// This minus another, per dimension if both have such terms.
    ///
    /// # Errors
    /// Device errors.
    pub fn minus(&self, other: &Self) -> Result<Self> {
        match (self, other) {
            (Self::PerDimension(a), Self::PerDimension(b)) => Ok(Self::PerDimension((a - b)?)),
            _ => Ok(Self::PerRow((self.per_row()? - other.per_row()?)?)),
        }
    }

    /// The mean over the L draws of each example.
    ///
    /// # Shapes
    /// (B·L) rows → (B) rows
    ///
    /// # Errors
    /// Device errors.
    pub fn mean_over_draws(&self, draws: usize) -> Result<Self> {
        match self {
            _ if draws == 1 => Ok(self.clone()),
            Self::PerDimension(terms) => {
                let (rows, d) = terms.dims2()?;
                Ok(Self::PerDimension(terms.reshape((rows / draws, draws, d))?.mean(1)?))
            }
            Self::PerRow(sums) => Ok(Self::PerRow(sums.reshape(((), draws))?.mean(1)?)),
        }
    }
}
