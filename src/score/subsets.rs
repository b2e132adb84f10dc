//! KID over random subsets, as most programs report it.

pub use super::compat::Subsets;

use super::definition::Definition;
use super::forecast::Step;
use super::kernel::{Kernel, kid};
use super::pairs::{Form, PairKernel, pair_statistic};
use super::{Compat, Pair, Permutations, normal_estimate};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::Empirical;
use crate::numeric::RandomState;
use ndarray::Axis;

pub(super) const KID: Definition =
    Definition::new("kid", "squared MMD, kernel (x·y/d + 1)³ (moments up to the third)", ALL_AND_SUBSETS, |card| {
        let (pair, test) = (card.pair(), card.of_pairs(1.0));
        match asked(card.compat(), card.subsets()) {
            Some(subsets) => kid_over_subsets(pair, subsets, test),
            None => kid(pair, test),
        }
    })
    .aliases(&["kernel_inception_distance"]);

const ALL_AND_SUBSETS: Step = Step::new("pairs under the cubic kernel", |task| {
    let choices = task.choices;
    let of_subsets = asked(choices.compat, choices.subsets).map_or(0.0, |subsets| {
        let rows = 2.0 * task.n.min(task.m).min(subsets.rows as f64);
        subsets.count as f64 * task.pairs(rows, CUBE, 0.0)
    });
    task.pairs(task.rows(), CUBE, task.of_pairs(task.rows(), 1.0)) + of_subsets
});

/// Nanoseconds of the kernel of a pair.
const CUBE: f64 = 1.0;

/// The subsets that were asked for, or that a program takes.
fn asked(compat: Option<Compat>, subsets: Option<Subsets>) -> Option<Subsets> {
    match compat {
        Some(Compat::TorchFidelity) => Some(subsets.unwrap_or_default()),
        Some(Compat::CleanFid) => Some(subsets.unwrap_or_default().generated_first()),
        _ => subsets,
    }
}

/// KID as most programs report it: the mean of [`kid`] over pairs of random subsets of both samples.
///
/// The mean over all choices of subsets is [`kid`] itself, and this one scatters around it. The subsets are those of
/// NumPy's `RandomState(seed)`, with the seed of `test`: torch-fidelity draws those of its first input, here the real
/// sample, and clean-fid the generated ones first. So on the same rows the value is that of these programs up to
/// rounding. The standard error is that of [`kid`] joined by that over the subsets, whose standard deviation (what
/// follows the sign ± elsewhere, with the divisor `count`) is among the parameters; the p-value is that of [`kid`].
/// O((n+m)² (d + permutations)) time and a product for each subset.
///
/// # Errors
/// As [`kid`]; no subsets, subsets of fewer than two rows, a seed beyond 2³² - 1.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::subsets::{Subsets, kid_over_subsets};
/// use fenchel::score::{Pair, Permutations, kernel::kid};
/// use ndarray::array;
/// let (x, y) = (Empirical::new(array![[0.0], [1.0], [2.0]])?, Empirical::new(array![[1.0], [2.0], [4.0]])?);
/// let pair = Pair::new(&x, &y)?;
/// let whole = kid_over_subsets(&pair, Subsets::new(5, 3), Permutations::none())?; // subsets of all rows
/// assert!((whole.value - kid(&pair, Permutations::none())?.value).abs() < 1e-12);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn kid_over_subsets(pair: &Pair<'_>, subsets: Subsets, test: Permutations) -> Result<Estimate> {
    if subsets.count == 0 || subsets.rows < 2 {
        let what = format!("{} subsets of {} rows", subsets.count, subsets.rows);
        return Err(Error::unsupported(what, "at least one subset, of at least two rows, is needed"));
    }
    let seed = u32::try_from(test.seed).map_err(|_| {
        Error::out_of_domain("seed", test.seed as f64, "at most 4294967295, the largest of NumPy's streams")
    })?;
    let all = kid(pair, test)?;
    let (real, generated) = (pair.real(), pair.generated());
    let rows = pair.rows().min(subsets.rows);
    let Kernel::Polynomial { degree, offset, .. } = Kernel::KID else { unreachable!("it is a polynomial") };
    let cubic = PairKernel::Polynomial { degree: degree as i32, divisor: real.dimension() as f64, offset };
    let mut stream = RandomState::new(seed);
    let mut draw = |sample: &Empirical| sample.points().select(Axis(0), &stream.choice(sample.len(), rows));
    let of_subset = |_| {
        let (x, y) = if subsets.generated_first {
            let y = draw(generated);
            (draw(real), y)
        } else {
            let x = draw(real);
            (x, draw(generated))
        };
        pair_statistic(x.view(), y.view(), &cubic, Form::U, Permutations::none()).value
    };
    let whole = real.len() == rows && generated.len() == rows;
    let values: Vec<f64> = if whole { vec![all.value] } else { (0..subsets.count).map(of_subset).collect() };
    let count = values.len() as f64;
    let value = values.iter().sum::<f64>() / count;
    let spread = (values.iter().map(|v| (v - value) * (v - value)).sum::<f64>() / count).sqrt();
    let std_error = all.std_error.map(|jackknife| jackknife.hypot(spread / count.sqrt()));
    let parameters = format!(
        "unbiased, kernel (x.y/d + 1)^3, mean of {count} subsets of {rows} rows (standard deviation {spread}), seed {seed}; jackknife; \
         baseline and p-value of all pairs"
    );
    let range = (f64::NEG_INFINITY, f64::INFINITY);
    let estimate = normal_estimate("kid", value, std_error, range, pair.sizes(), parameters);
    let Estimate { p_value, baseline, baseline_spread, .. } = all;
    Ok(Estimate { p_value, baseline, baseline_spread, ..estimate })
}
