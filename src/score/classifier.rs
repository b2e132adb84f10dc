//! The classifier two-sample test: can a classifier tell generated from real?
//!
//! Lopez-Paz and Oquab, arXiv 1610.06545. The classifier is the vote of the nearest neighbours, as many as the root
//! of the number of training points. Its accuracy on points it has not seen is `(1 + TV)/2` at best, so
//! `2 accuracy - 1` is a lower bound of the total variation distance, up to the standard error.

use super::neighbours::{Mean, share};
use super::pairs::pool;
use super::{Pair, Permutations};
use crate::certificate::Estimate;
use crate::error::Result;
use crate::measure::Empirical;
use crate::measure::neighbours::Points;
use crate::numeric::stream;
use ndarray::Axis;
use rand::seq::SliceRandom;

/// The accuracy of a nearest-neighbour classifier on held-out points: one half for equal laws, 1 for laws that it
/// tells apart.
///
/// As many rows of either sample as the smaller has are split in two at random: half trains, half is classified. The
/// standard error is binomial over the classified points, and the interval Wilson's, which has a length at 0 and 1 too;
/// the p-value comes from relabelling them. O((n+m)² d).
///
/// # Errors
/// Fewer than four rows, more than a million permutations.
///
/// ```
/// use fenchel::measure::{Empirical, Gaussian};
/// use fenchel::numeric::stream;
/// use fenchel::score::{Pair, Permutations, classifier};
/// let law = Gaussian::univariate(0.0, 1.0)?;
/// let x = Empirical::new(law.sample(100, &mut stream(0, 0))?)?;
/// let y = Empirical::new(law.sample(100, &mut stream(0, 1))? + 9.0)?;
/// assert_eq!(classifier::c2st(&Pair::new(&x, &y)?, Permutations::new(99, 0))?.value, 1.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn c2st(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    pair.in_own_unit(0, |real, generated, _| {
        pair.at_least(4)?;
        test.validate()?;
        let rows = real.len().min(generated.len());
        let (learn, ask) = (rows / 2, rows - rows / 2);
        let split = |sample: &Empirical, task: u64| {
            let mut order: Vec<usize> = (0..sample.len()).collect();
            order.shuffle(&mut stream(test.seed, task));
            let part = |rows: &[usize]| sample.points().select(Axis(0), rows);
            (part(&order[..learn]), part(&order[learn..rows]))
        };
        let ((real_learn, real_ask), (generated_learn, generated_ask)) = (split(real, 5), split(generated, 6));
        let known = pool(real_learn.view(), generated_learn.view());
        let asked = pool(real_ask.view(), generated_ask.view());

        // an odd number of votes is never a draw
        let votes = ((((2 * learn) as f64).sqrt() as usize) / 2 * 2 + 1).min(2 * learn - 1);
        let known = Points::new(known.view());
        let called_generated: Vec<bool> = known.around(asked.view(), |_, around| {
            let nearest = around.nearest(votes, None);
            mutate!(2 * nearest.iter().filter(|(_, j)| *j >= learn).count() > votes, Classifier, |_| false)
        });

        let right = |is_generated: &[bool]| is_generated.iter().zip(&called_generated).filter(|(a, b)| a == b).count();
        let mut labels: Vec<bool> = (0..2 * ask).map(|i| i >= ask).collect();
        let hits = right(&labels);
        let value = hits as f64 / (2 * ask) as f64;
        let p_value = (test.count > 0).then(|| {
            let mut rng = stream(test.seed, 7);
            let as_good = (0..test.count)
                .filter(|_| {
                    labels.shuffle(&mut rng);
                    right(&labels) >= hits
                })
                .count();
            (1 + as_good) as f64 / (1 + test.count) as f64
        });
        let std_error = (value * (1.0 - value) / (2 * ask) as f64).sqrt();
        let parameters = format!(
            "{votes} nearest neighbours, {learn} + {learn} rows learnt, {ask} + {ask} classified; binomial{}",
            test.describe()
        );
        let mean = Mean { sum: hits as f64, count: 2 * ask, std_error: Some(std_error) };
        let estimate = share("c2st", mean, pair.sizes(), parameters);
        Ok(Estimate { p_value, ..estimate })
    })
}
