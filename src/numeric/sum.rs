//! Compensated summation (Neumaier's variant of Kahan's, doi:10.1002/zamm.19740540106).

/// A running sum whose error does not grow with the number of terms.
///
/// Infinite terms give the infinite sum of IEEE arithmetic, without the NaN of a naive compensation.
///
/// ```
/// use fenchel::numeric::Sum;
/// let total: Sum = [1e100, 1.0, -1e100].into_iter().collect();
/// assert_eq!(total.value(), 1.0);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    /// The empty sum.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a term.
    #[inline]
    pub fn add(&mut self, term: f64) {
        let next = self.total + term;
        if next.is_finite() {
            self.lost +=
                if self.total.abs() >= term.abs() { (self.total - next) + term } else { (term - next) + self.total };
        }
        self.total = next;
    }

    /// Adds what another sum holds, its compensation too.
    #[inline]
    pub fn merge(&mut self, other: Self) {
        self.add(other.total);
        self.add(other.lost);
    }

    /// The sum so far.
    #[inline]
    #[must_use]
    pub fn value(&self) -> f64 {
        if self.total.is_finite() { self.total + self.lost } else { self.total }
    }

    /// The compensated sum of the terms.
    #[must_use]
    pub fn of(terms: impl IntoIterator<Item = f64>) -> f64 {
        terms.into_iter().collect::<Self>().value()
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Self::new();
        for term in terms {
            sum.add(term);
        }
        sum
    }
}

/// The unbiased variance of a sample, `sum (x - mean)² / (n - 1)`; 0 for fewer than two values.
///
/// ```
/// assert_eq!(fenchel::numeric::variance(&[1.0, 2.0, 3.0]), 1.0);
/// ```
#[must_use]
pub fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0)
}

#[cfg(test)]
mod tests {
    use super::Sum;

    #[test]
    fn recovers_what_plain_addition_loses() {
        let terms: Vec<f64> = std::iter::once(1.0).chain(std::iter::repeat_n(1e-16, 1_000_000)).collect();
        assert!((Sum::of(terms) - (1.0 + 1e-10)).abs() < 1e-16);
    }

    #[test]
    fn infinities_do_not_turn_into_nan() {
        assert!(Sum::of([1.0, f64::INFINITY, 2.0]).is_infinite());
        assert!(Sum::of([f64::NEG_INFINITY, 2.0]).is_infinite());
    }
}
