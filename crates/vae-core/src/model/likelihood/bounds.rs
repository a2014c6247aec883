//! Bounds of the reconstruction term on given data: the **ceiling**, reached by the best constant decoder (a collapsed
//! model), and the **floor**, the lowest value of any decoder. `explained` is a model's position between them.

/// Both bounds of the reconstruction term, nats per example.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The term of the training set's mean image: the value when z carries no information.
    pub ceiling: f64,
    /// The lowest term that any decoder can reach; `None` if unbounded (a learned variance can go to 0).
    pub floor: Option<f64>,
}

impl Bounds {
    /// (ceiling − reconstruction)/(ceiling − floor): 0 for the mean image, 1 for the floor.
    pub fn explained(&self, reconstruction: f64) -> Option<f64> {
        let floor = self.floor?;
        (self.ceiling > floor).then(|| (self.ceiling - reconstruction) / (self.ceiling - floor))
    }
}
