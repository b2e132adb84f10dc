//! What a sample of the costs says of all: whether many tie, and whether a few are enormous.

use crate::transport::problem::cost::{Cost, View};

/// Entries of a matrix that show how large most of them are.
const SAMPLED: usize = 256;
/// So few of these show it where each takes long to compute.
const FEW: usize = 64;
/// So few values among them are shared by many entries.
const LEVELS: usize = 32;
/// Costs are enormous beyond so many times the usual ones, and are then taken to be no more than so many times.
const FAR: f64 = 1024.0;
const CAP: f64 = 64.0;

impl Cost {
    /// Whether a few points lie so far out that their costs are enormous beside the usual ones, by a sample of them.
    pub(in crate::transport) fn has_outliers(&self) -> bool {
        let usual = self.usual(FEW);
        usual > 0.0 && self.largest() > FAR * usual
    }

    /// Whether many costs are equal, by a sample of them.
    pub(in crate::transport) fn is_tied(&self) -> bool {
        let mut values: Vec<f64> = self.sample().collect();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup();
        values.len() <= LEVELS
    }

    /// The same costs with none above a cap, where a few of a matrix lie enormously far above the others.
    ///
    /// Potentials for these costs are feasible for the whole ones, too, and a plan that uses no cost above the cap costs the same. So
    /// the optimum of one is that of the other, unless it needs an arc above the cap. `None` where it certainly does, where an arc
    /// is forbidden, and where the costs are of ordinary sizes. O(n m).
    pub(in crate::transport) fn capped(&self) -> Option<Self> {
        let View::Matrix(c) = self.view() else { return None };
        let usual = self.usual(SAMPLED);
        if usual == 0.0 || self.largest() <= FAR * usual || self.forbids() {
            return None;
        }
        let cap = CAP * usual;
        let mut reached = vec![false; c.ncols()];
        for row in c.rows() {
            let mut used = false;
            for (reached, c) in reached.iter_mut().zip(row) {
                *reached |= *c < cap;
                used |= *c < cap;
            }
            if !used {
                return None;
            }
        }
        if !reached.into_iter().all(|reached| reached) {
            return None;
        }
        Self::matrix(c.mapv(|c| c.min(cap))).ok()
    }

    /// Entries at the places of a Weyl sequence.
    fn sample(&self) -> impl Iterator<Item = f64> {
        let (n, m) = self.shape();
        let place = move |k: usize| {
            let turned = (k as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            ((u128::from(turned) * (n * m) as u128) >> 64) as usize
        };
        (1..=SAMPLED).map(place).map(move |place| self.at(place / m, place % m))
    }

    /// What three quarters of so many entries of the sample do not exceed in absolute value.
    fn usual(&self, entries: usize) -> f64 {
        let mut sizes: Vec<f64> = self.sample().take(entries).map(f64::abs).collect();
        let quartile = sizes.len() * 3 / 4;
        *sizes.select_nth_unstable_by(quartile, f64::total_cmp).1
    }
}
