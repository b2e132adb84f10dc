//! Single precision first, double at the end: where that pays, what single precision reaches, and when it has reached it.

use crate::certificate::Status;

/// Problems with fewer entries are solved in double precision from the start.
pub(in crate::transport) const SMALL: usize = 1 << 16;
/// Residual, as a part of the total, to which single precision is trusted.
pub(in crate::transport) const SINGLE: f64 = 1e-6;
/// Sweeps without progress after which single precision is left: near what it can reach, and far from it.
const STALLED: usize = 8;
const STALLED_FAR: usize = 100;
const NEAR_SINGLE: f64 = 1e-3;
/// A residual below this part of the best one is progress.
const PROGRESS: f64 = 0.7;

/// How the sweeps in one precision at one `eps` ended.
pub(in crate::transport) enum Ended {
    Reached,
    /// Nothing more is to be gained in this precision.
    Exhausted,
    Stopped(Status),
}

/// How near the sweeps have come, for how long they have not come nearer, and with which potentials: the last step may be one
/// on trial.
pub(in crate::transport) struct Nearest {
    /// The residual of the last progress, and the sweeps since.
    best: f64,
    since: usize,
    lowest: f64,
    potentials: Vec<f64>,
    total: f64,
}

impl Nearest {
    /// Before the first sweep from these potentials, for residuals that are parts of this total.
    pub(in crate::transport) fn to(potentials: &[f64], total: f64) -> Self {
        Self { best: f64::INFINITY, since: 0, lowest: f64::INFINITY, potentials: potentials.to_vec(), total }
    }

    pub(in crate::transport) fn see(&mut self, residual: f64, potentials: &[f64]) {
        if residual < self.lowest {
            self.lowest = residual;
            self.potentials.copy_from_slice(potentials);
        }
        (self.best, self.since) =
            if residual < PROGRESS * self.best { (residual, 0) } else { (self.best, self.since + 1) };
    }

    /// Whether single precision has nothing more to give.
    pub(in crate::transport) fn is_exhausted(&self, residual: f64) -> bool {
        let patience = if self.best < NEAR_SINGLE * self.total { STALLED } else { STALLED_FAR };
        self.since >= patience || !residual.is_finite()
    }

    /// The residual that many sweeps have not improved, if there were so many.
    pub(in crate::transport) fn stalled_at(&self) -> Option<f64> {
        (self.since >= STALLED_FAR).then_some(self.best)
    }

    /// The potentials to end with, unless those of this residual are as near as any.
    pub(in crate::transport) fn instead_of(self, residual: f64) -> Option<Vec<f64>> {
        let is_nearest = residual <= self.lowest || !self.lowest.is_finite();
        (!is_nearest).then_some(self.potentials)
    }
}
