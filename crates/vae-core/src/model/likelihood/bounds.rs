//! Between which two numbers a reconstruction term can lie on given data: the **ceiling**, what the best constant
//! decoder reaches (a collapsed model), and the **floor**, what no decoder can pass. `explained` says where between
//! them a model stands.

/// Both bounds of the reconstruction term, nats per example.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The term of the training set's mean image: what is left when z says nothing.
    pub ceiling: f64,
    /// The term that no decoder passes; `None` where there is no such bound (a learned variance can go to 0).
    pub floor: Option<f64>,
}

impl Bounds {
    /// (ceiling − reconstruction)/(ceiling − floor): 0 for the mean image, 1 for the floor.
    pub fn explained(&self, reconstruction: f64) -> Option<f64> {
        let floor = self.floor?;
        (self.ceiling > floor).then(|| (self.ceiling - reconstruction) / (self.ceiling - floor))
    }
}
