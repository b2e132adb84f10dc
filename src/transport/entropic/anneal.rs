//! From a large `eps` down to the one asked for, the potentials of one being the start of the next.
//!
//! Large `eps` take a handful of iterations each; what they find saves many at small `eps`, where the iteration from
//! nothing moves by `eps` at a time. Above [`WIDE`] of the mean cost there is nothing to save.
//!
//! Source: Schmitzer 2019 (arXiv:1610.06519), section 3.

/// From one `eps` to the next.
const FACTOR: f64 = 4.0;
/// The largest `eps` that is worth a stage of its own, in units of the mean cost.
const WIDE: f64 = 0.2;
/// Marginal error, as a part of the total, at which a larger `eps` than the one asked for has done its work.
pub(in crate::transport) const ENOUGH: f64 = 1e-2;

/// The descending sequence that ends in `eps`.
pub(in crate::transport) fn stages(eps: f64, mean_cost: f64) -> Vec<f64> {
    let mut stages = vec![eps];
    while stages[stages.len() - 1] * FACTOR <= WIDE * mean_cost {
        stages.push(stages[stages.len() - 1] * FACTOR);
    }
    stages.reverse();
    stages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descends_to_what_is_asked_for() {
        assert_eq!(stages(0.05, 1.0), [0.2, 0.05]);
        assert_eq!(stages(3.0, 1.0), [3.0]);
        assert_eq!(stages(0.1, 0.0), [0.1]);
        let many = stages(1e-4, 1.0);
        assert!(many.len() == 6 && many.windows(2).all(|w| w[1] < w[0]));
    }
}
