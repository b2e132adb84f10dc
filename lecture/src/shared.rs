//! Computations that several chapters share.

use fenchel::Result;
use fenchel::measure::{Empirical, Pmf};

/// `n` points from `low` to `high`, both included.
pub(crate) fn linspace(low: f64, high: f64, n: usize) -> Vec<f64> {
    (0..n).map(|i| low + (high - low) * i as f64 / (n - 1) as f64).collect()
}

/// Two samples as laws on their atoms; points that coincide are one atom.
pub(crate) fn on_common_atoms(x: &Empirical, y: &Empirical) -> Result<(Pmf, Pmf)> {
    let mut atoms = Vec::new();
    let (mut p, mut q) = (vec![0.0; x.len() + y.len()], vec![0.0; x.len() + y.len()]);
    for (law, masses) in [(x, &mut p), (y, &mut q)] {
        for (k, weight) in law.weights().iter().enumerate() {
            let point = law.point(k);
            let at = atoms.iter().position(|atom| *atom == point).unwrap_or_else(|| {
                atoms.push(point);
                atoms.len() - 1
            });
            masses[at] += weight;
        }
    }
    Ok((Pmf::new(p)?, Pmf::new(q)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn points_that_coincide_are_one_atom() {
        let x = Empirical::new(array![[0.0, 0.0], [1.0, 0.0]]).unwrap();
        let y = Empirical::new(array![[1.0, 0.0], [1.0, 2.0]]).unwrap();
        let (p, q) = on_common_atoms(&x, &y).unwrap();
        assert_eq!(p.masses(), [0.5, 0.5, 0.0, 0.0]);
        assert_eq!(q.masses(), [0.0, 0.5, 0.5, 0.0]);
    }
}
