//! A step on trial: what is needed to shorten it, or to take it back, should the dual value fall.

/// Where a step came from and what it was.
pub(super) struct Trial {
    /// The potentials before the step, and the dual value there or a lower bound of it.
    pub before: Vec<f64>,
    pub dual: f64,
    /// The step of alternating maximisation, which never lowers the dual, and the one that was taken in its place.
    pub plain: Vec<f64>,
    pub step: Vec<f64>,
    /// How much of the step was taken, and the least of it that is worth trying.
    length: f64,
    shortest: f64,
}

impl Trial {
    /// The whole of a step, of which no less than `shortest` is worth trying.
    pub(super) fn of(before: Vec<f64>, dual: f64, (plain, step): (Vec<f64>, Vec<f64>), shortest: f64) -> Self {
        Self { before, dual, plain, step, length: 1.0, shortest }
    }

    /// The potentials after a quarter of what was taken, or after the plain step, which is not on trial.
    pub(super) fn shorter(self, admissible: impl Fn(f64) -> f64) -> (Vec<f64>, Option<Self>) {
        let length = 0.25 * self.length;
        let after = |step: &[f64], length: f64| {
            self.before.iter().zip(step).map(|(p, step)| admissible(p + length * step)).collect()
        };
        if length < self.shortest {
            return (after(&self.plain, 1.0), None);
        }
        (after(&self.step, length), Some(Self { length, ..self }))
    }
}
