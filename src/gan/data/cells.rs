//! What the best discriminator reaches that only knows in which cell of a known law a sample lies.
//!
//! The law's density is known and the generator's is not, so the value `V(D*, G) = 2 JSD - ln 4` cannot be computed. It can be
//! bounded: any discriminator proves `V(D, G) <= V(D*, G)`. The one here answers cell by cell. Around each mode there are
//! rings that end at 1/4, 1/2 and 3/4 of the mode's mass and at 5σ, and what lies beyond; each is cut into four quadrants.
//! The law's mass of a cell is known, so only the generator's share of it is estimated.

use super::toy::Toy;
use crate::error::{Error, Result};
use crate::gan::value::GameValue;
use crate::numeric::Sum;
use ndarray::{ArrayView1, ArrayView2};

/// Rings around a mode, and how many standard deviations away the last begins.
const RINGS: usize = 5;
const BEYOND: f64 = 5.0;
const QUADRANTS: usize = 4;

impl Toy {
    /// The value of a discriminator that is fitted on cells of this law to one half of the generated samples and judged on the
    /// other, and the other way round; the mean of both. Up to its standard error it is at most `2 JSD - ln 4` of the law and
    /// the generator.
    ///
    /// O(n K) for n samples and K modes. With fewer samples than cells (20 a mode) it proves little. That a sample belongs to the nearest
    /// mode is wrong for a share of `exp(-(d/2σ)²/2)` of the law, where modes are d apart: below 1e-80 for ring8 and grid25.
    ///
    /// # Errors
    /// A law without modes, or whose modes overlap; fewer than four samples, or not in two dimensions; an entry that is not finite.
    ///
    /// ```
    /// use fenchel::gan::Toy;
    /// let law = Toy::ring8();
    /// let perfect = law.sample(4000, &mut fenchel::numeric::stream(0, 0));
    /// assert!(law.value_on_cells(perfect.view())?.jsd_lower_bound() < 0.01);
    /// let far = perfect.mapv(|x| x + 0.5);
    /// assert!(law.value_on_cells(far.view())?.jsd_lower_bound() > 0.65); // ln 2 is the most there is
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn value_on_cells(&self, generated: ArrayView2<'_, f64>) -> Result<GameValue> {
        let Some(sigma) = self.sigma() else {
            return Err(Error::unsupported(format!("cells of {self}"), "it has no modes; use a two-sample score"));
        };
        let what = "generated samples";
        if generated.nrows() < 4 {
            return Err(Error::too_few(what, generated.nrows(), 4, "samples"));
        }
        if generated.ncols() != 2 {
            return Err(Error::size_mismatch((what, generated.ncols()), (self.to_string(), 2), "columns"));
        }
        if let Some(((i, j), &value)) = generated.indexed_iter().find(|(_, x)| !x.is_finite()) {
            return Err(Error::not_finite(what, (i, j), value));
        }
        let centres = self.centres();
        if nearest(centres.view()) < BEYOND * 2.0 * sigma {
            let why = format!("two modes are less than {} deviations apart, and their cells overlap", 2.0 * BEYOND);
            return Err(Error::unsupported(format!("cells of {self}"), why));
        }
        let cells: Vec<usize> = generated.rows().into_iter().map(|x| cell(x, centres.view(), sigma)).collect();
        let masses = masses(centres.nrows());
        let (first, second) = cells.split_at(cells.len() / 2);
        let [one, other] = [(first, second), (second, first)].map(|(fit, judged)| judge(&masses, fit, judged));
        Ok(GameValue {
            value: 0.5 * (one.value + other.value),
            std_error: 0.5 * one.std_error.hypot(other.std_error),
            accuracy: 0.5 * (one.accuracy + other.accuracy),
        })
    }
}

/// The least distance of two centres.
fn nearest(centres: ArrayView2<'_, f64>) -> f64 {
    let rows: Vec<ArrayView1<'_, f64>> = centres.rows().into_iter().collect();
    let apart = |i: usize, j: usize| (rows[i][0] - rows[j][0]).hypot(rows[i][1] - rows[j][1]);
    let pairs = (0..rows.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    pairs.map(|(i, j)| apart(i, j)).fold(f64::INFINITY, f64::min)
}

/// Where a sample lies: mode, ring and quadrant as one number.
fn cell(x: ArrayView1<'_, f64>, centres: ArrayView2<'_, f64>, sigma: f64) -> usize {
    let offset = |k: usize| [(x[0] - centres[[k, 0]]) / sigma, (x[1] - centres[[k, 1]]) / sigma];
    let square = |k: usize| offset(k).iter().map(|d| d * d).sum::<f64>();
    let mode = (0..centres.nrows()).min_by(|&a, &b| square(a).total_cmp(&square(b))).unwrap_or(0);
    // a mode's mass within r deviations is 1 - exp(-r²/2)
    let ring = match square(mode) {
        r2 if r2 >= BEYOND * BEYOND => RINGS - 1,
        r2 => ((-4.0 * (-0.5 * r2).exp_m1()) as usize).min(RINGS - 2),
    };
    let [dx, dy] = offset(mode);
    (mode * RINGS + ring) * QUADRANTS + 2 * usize::from(dx < 0.0) + usize::from(dy < 0.0)
}

/// The law's mass of each cell.
fn masses(modes: usize) -> Vec<f64> {
    let beyond = (-0.5 * BEYOND * BEYOND).exp();
    let rings = [0.25, 0.25, 0.25, 0.25 - beyond, beyond];
    let of_mode = rings.into_iter().flat_map(|mass| [mass / (modes * QUADRANTS) as f64; QUADRANTS]);
    (0..modes).flat_map(|_| of_mode.clone()).collect()
}

/// `V` of the discriminator `p/(p + q)` with the shares `q` of some samples, on others; its mean over the law is exact.
fn judge(masses: &[f64], fitted: &[usize], judged: &[usize]) -> GameValue {
    let cells = masses.len() as f64;
    let mut shares: Vec<f64> = masses.iter().map(|p| cells * p).collect();
    fitted.iter().for_each(|&cell| shares[cell] += 1.0);
    let total = cells + fitted.len() as f64;
    let real: Vec<f64> = masses.iter().zip(&shares).map(|(&p, &count)| p / (p + count / total)).collect();
    let of_law = Sum::of(masses.iter().zip(&real).map(|(p, d)| p * d.ln()));
    let n = judged.len() as f64;
    let terms = || judged.iter().map(|&cell| (1.0 - real[cell]).ln());
    let of_generator = Sum::of(terms()) / n;
    let squares = Sum::of(terms().map(|x| (x - of_generator) * (x - of_generator)));
    let right = |d: f64| {
        if d > 0.5 {
            1.0
        } else if d < 0.5 {
            0.0
        } else {
            0.5
        }
    };
    let found = Sum::of(masses.iter().zip(&real).map(|(p, &d)| p * right(d)));
    let caught = judged.iter().map(|&cell| 1.0 - right(real[cell])).sum::<f64>() / n;
    GameValue {
        value: of_law + of_generator,
        std_error: (squares / (n - 1.0) / n).sqrt(),
        accuracy: 0.5 * (found + caught),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream;
    use ndarray::{Array2, array};
    use std::f64::consts::LN_2;

    #[test]
    fn the_cells_have_the_masses_that_are_said() {
        let law = Toy::grid25();
        let masses = masses(25);
        assert!((masses.iter().sum::<f64>() - 1.0).abs() < 1e-14);
        let n = 200_000;
        let mut counts = vec![0.0; masses.len()];
        for x in law.sample(n, &mut stream(3, 0)).rows() {
            counts[cell(x, law.centres().view(), 0.05)] += 1.0;
        }
        for (count, p) in counts.iter().zip(&masses) {
            assert!((count - n as f64 * p).abs() < 5.0 * (n as f64 * p).sqrt() + 1.0, "{count} for {p}");
        }
    }

    /// One generated cell: every term can be written down.
    #[test]
    fn the_value_where_all_samples_are_equal() {
        let law = Toy::Ring { modes: 1, radius: 0.0, sigma: 1.0 };
        let samples = Array2::from_shape_fn((80, 2), |(_, j)| [0.1, 0.2][j]);
        let value = law.value_on_cells(samples.view()).unwrap();
        // 40 samples and a prior of 20 spread like the law; the cell has 1/16 of it
        let p: f64 = 1.0 / 16.0;
        let (q_there, q_elsewhere) = ((40.0 + 20.0 * p) / 60.0, 20.0 / 60.0);
        let d_there = p / (p + q_there);
        let d_elsewhere = 1.0 / (1.0 + q_elsewhere); // p and q in one proportion
        let expected = p * d_there.ln() + (1.0 - p) * f64::ln(d_elsewhere) + (1.0 - d_there).ln();
        assert!((value.value - expected).abs() < 1e-14, "{} {expected}", value.value);
        assert_eq!((value.std_error, value.accuracy), (0.0, 0.5 * (15.0 / 16.0 + 1.0)));
    }

    /// Samples of which a share lies far out: the divergence is known, and the bound comes near it from below.
    #[test]
    fn the_bound_is_below_the_divergence_and_near_it() {
        let law = Toy::ring8();
        for (seed, share) in [(0, 0.0), (1, 0.1), (2, 0.5), (3, 1.0)] {
            let n = 40_000;
            let mut samples = law.sample(n, &mut stream(seed, 0));
            let far = (share * n as f64) as usize;
            // spread over the sample, so that both halves have as many
            for i in 0..far {
                samples.row_mut(i * n / far).assign(&array![5.0, 5.0]);
            }
            // JSD of p and (1 - s)p + s δ
            let term = |x: f64, m: f64| if x > 0.0 { x * (x / m).ln() } else { 0.0 };
            let m = 1.0 - 0.5 * share;
            let jsd = 0.5 * (term(1.0, m) + term(1.0 - share, m) + term(share, 0.5 * share));
            let value = law.value_on_cells(samples.view()).unwrap();
            let bound = 0.5 * (value.value + 2.0 * LN_2);
            assert!(bound <= jsd + 2.0 * value.std_error + 1e-12, "{share}: {bound} above {jsd}");
            assert!(bound > jsd - 0.01, "{share}: {bound} far below {jsd}");
        }
    }

    #[test]
    fn what_cannot_be_judged_is_refused() {
        let refused = |law: Toy, samples: Array2<f64>| law.value_on_cells(samples.view()).unwrap_err().to_string();
        assert!(refused(Toy::swiss_roll(), Array2::zeros((9, 2))).contains("no modes"));
        assert!(refused(Toy::ring8(), Array2::zeros((3, 2))).contains("samples"));
        assert!(refused(Toy::ring8(), Array2::zeros((9, 3))).contains("columns"));
        assert!(refused(Toy::ring8(), Array2::from_elem((9, 2), f64::NAN)).contains("NaN"));
    }
}
