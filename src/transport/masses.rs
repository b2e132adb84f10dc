//! Masses as integers, so that subtracting them is exact: no problem is "infeasible by rounding", and ties are ties.

/// Integer masses with equal totals; `count as f64 * unit` is the mass.
#[derive(Debug, Clone)]
pub(super) struct Masses {
    pub a: Vec<i64>,
    pub b: Vec<i64>,
    pub unit: f64,
}

impl Masses {
    /// Rounds masses whose totals agree. What is rounded away is below 2^-59 of the total an entry.
    ///
    /// Equal masses on both sides become whole numbers of a common unit. Otherwise the unit is a power of two, so
    /// integers and everything else with few enough bits stay exactly what they are.
    pub(super) fn of(a: &[f64], b: &[f64]) -> Self {
        if is_constant(a) && is_constant(b) {
            let (each_a, each_b) = Self::uniform(a.len(), b.len());
            return Self { a: vec![each_a; a.len()], b: vec![each_b; b.len()], unit: a[0] / each_a as f64 };
        }
        let total = a.iter().sum::<f64>().max(b.iter().sum());
        let unit = (total.log2().floor() - 59.0).exp2();
        let round = |w: &[f64]| w.iter().map(|w| (w / unit).round() as i64).collect::<Vec<_>>();
        let (mut a, mut b) = (round(a), round(b));
        let missing = sum(&a) - sum(&b);
        spread(if missing > 0 { &mut b } else { &mut a }, missing.abs());
        Self { a, b, unit }
    }

    /// The masses that the integers of the rows stand for.
    pub(super) fn real_a(&self) -> Vec<f64> {
        self.a.iter().map(|&w| w as f64 * self.unit).collect()
    }

    /// The masses that the integers of the columns stand for.
    pub(super) fn real_b(&self) -> Vec<f64> {
        self.b.iter().map(|&w| w as f64 * self.unit).collect()
    }

    /// The units that each of `n` and each of `m` equal masses of the same total are, in the largest common unit.
    pub(super) fn uniform(n: usize, m: usize) -> (i64, i64) {
        let (n, m) = (n as i64, m as i64);
        let g = gcd(n, m);
        (m / g, n / g)
    }
}

/// Masses in units of their mean.
pub(super) fn relative(masses: &[i64]) -> Vec<f32> {
    let mean = masses.iter().map(|&w| w as f64).sum::<f64>() / masses.len() as f64;
    masses.iter().map(|&w| (w as f64 / mean) as f32).collect()
}

/// Adds `extra` units in proportion, the indivisible rest to the largest entry.
fn spread(masses: &mut [i64], extra: i128) {
    let total = sum(masses);
    let mut rest = extra;
    for w in masses.iter_mut() {
        let share = extra * i128::from(*w) / total;
        *w += share as i64;
        rest -= share;
    }
    if let Some(largest) = masses.iter_mut().max() {
        *largest += rest as i64;
    }
}

fn sum(masses: &[i64]) -> i128 {
    masses.iter().map(|&w| i128::from(w)).sum()
}

fn is_constant(w: &[f64]) -> bool {
    w.windows(2).all(|w| w[0].to_bits() == w[1].to_bits())
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;

    #[test]
    fn totals_are_equal_and_masses_kept() {
        let third = 1.0 / 3.0;
        for (a, b) in [
            (vec![0.1; 10], vec![0.5, 0.5]),
            (vec![third, third, third], vec![0.2, 0.8]),
            (vec![1e-300, 1.0], vec![1.0, 0.0, 1e-20]),
            (vec![20.0, 30.0, 25.0], vec![10.0, 35.0, 30.0]),
            (vec![1e200, 3e200], vec![4e200]),
        ] {
            let masses = Masses::of(&a, &b);
            assert_eq!(sum(&masses.a), sum(&masses.b));
            let total: f64 = a.iter().sum();
            for (w, &k) in a.iter().zip(&masses.a).chain(b.iter().zip(&masses.b)) {
                assert!((k as f64 * masses.unit - w).abs() <= 1e-15 * total);
                assert!(k >= 0 && (*w > 0.0 || k == 0));
            }
        }
    }

    #[test]
    fn whole_numbers_stay_whole() {
        let masses = Masses::of(&[20.0, 30.0, 25.0], &[10.0, 35.0, 30.0]);
        assert_eq!(masses.a.iter().map(|&k| k as f64 * masses.unit).collect::<Vec<_>>(), [20.0, 30.0, 25.0]);
        let uniform = Masses::of(&[1.0 / 7.0; 7], &[1.0 / 7.0; 7]);
        assert_eq!((uniform.a[0], uniform.unit), (1, 1.0 / 7.0));
    }
}
