//! f-divergences of two known laws on the same finitely many bins.
//!
//! The value sums `q f(p/q)` over the cells, the dual sums `p T* - q f*(T*)`. Both use the generator minus its tangent
//! at one, which makes every cell non-negative, and both sums are compensated. Zeros follow the definition:
//!
//! | cell | adds |
//! |---|---|
//! | `p = 0, q = 0` | nothing |
//! | `p > 0, q = 0` | `p f'(inf)` |
//! | `p = 0, q > 0` | `q f(0)` |
//!
//! In the last two the dual takes its supremum in the limit, so value and dual agree there by definition. They also
//! agree in a cell whose ratio is so extreme that `T*` is infinite. Where `T*` is finite but `f*(T*)` overflows, the
//! cell takes `T = f'(1)` instead, which adds nothing. The dual then stays a lower bound, and the gap shows the loss.
//!
//! Cost: O(bins), one pass, nothing allocated. From some ten thousand bins on the work is shared among threads, with
//! the same bits for any number of them.

use crate::certificate::Certified;
use crate::divergence::generator::block::{Alone, BLOCK, Sums};
use crate::divergence::generator::{FDivergence, Generator};
use crate::error::{Error, Index, Result};
use crate::measure::{Pmf, check_masses};
use crate::numeric::{Sum, ln_ratio, ln_sigmoid};
use rayon::prelude::*;

/// `D_f(P||Q) = sum_{q>0} q f(p/q) + f'(inf) P(q=0)` of two laws, in nats, with its dual value at `T* = f'(p/q)`.
///
/// The value is that of the generator minus its tangent at one, plus `f(1)`. In effect both totals count as exactly
/// one, although a [`Pmf`] may miss one by 1e-9. So the value never leaves [`Generator::range`]. It is never negative
/// where the range starts at zero, and exactly `f(1)` for laws that are equal bit for bit. It is `+inf` where the
/// definition says so and never NaN.
///
/// ```
/// use fenchel::divergence::{FDivergence, f_divergence};
/// use fenchel::measure::Pmf;
/// let (p, q) = (Pmf::new([0.5, 0.5, 0.0])?, Pmf::new([0.0, 0.5, 0.5])?);
/// let d = f_divergence(&FDivergence::Jsd, &p, &q)?;
/// assert!((d.value - 0.5 * 2f64.ln()).abs() < 1e-15 && d.gap() < 1e-15);
/// assert!(f_divergence(&FDivergence::Kl, &p, &q)?.value.is_infinite());
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// # Errors
/// Laws of different lengths; a parameter of `f` outside its domain; an `f` of the caller's that returns NaN.
pub fn f_divergence<G: Generator + ?Sized>(f: &G, p: &Pmf, q: &Pmf) -> Result<Certified> {
    Ok(with_tangent(f, sum_cells(f, p.masses(), q.masses())?))
}

/// The divergence of two laws from that of the tangent-free generator, in its range.
pub(crate) fn with_tangent<G: Generator + ?Sized>(f: &G, centred: Certified) -> Certified {
    let (least, greatest) = f.range();
    let at_one = f.f(1.0);
    Certified::new(
        mutate!((at_one + centred.value).max(least).min(greatest), DivergenceValue, |v| v + 1e-9),
        mutate!((at_one + centred.dual).min(greatest), DivergenceDual, |v| v - 1e-6),
    )
}

/// `sum_{q>0} q f(p/q) + f'(inf) P(q=0)` for non-negative masses whose totals need not be one nor equal.
///
/// The masses are taken as they are. For [`FDivergence::Kl`] this is `sum p ln(p/q)`, which may be negative where the
/// totals differ; for [`FDivergence::KlSelfNormalised`] it is `sum p ln(p/q) - p + q`, which may not.
///
/// ```
/// use fenchel::divergence::{FDivergence, f_divergence_masses};
/// let (p, q) = ([0.5, 0.5], [0.3, 0.3]);
/// let raw = f_divergence_masses(&FDivergence::Kl, &p, &q)?.value;
/// let generalised = f_divergence_masses(&FDivergence::KlSelfNormalised, &p, &q)?.value;
/// assert!((raw - generalised - 0.4).abs() < 1e-15);
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// # Errors
/// As [`f_divergence`]; no masses, one that is negative or not finite.
pub fn f_divergence_masses<G: Generator + ?Sized>(f: &G, p: &[f64], q: &[f64]) -> Result<Certified> {
    check_masses(p, "p")?;
    check_masses(q, "q")?;
    let centred = sum_cells(f, p, q)?;
    // the tangent goes back on: f(1) q + f'(1) (p - q)
    let (at_one, slope) = (f.f(1.0), f.df(1.0));
    let tangent = if at_one == 0.0 && slope == 0.0 {
        0.0
    } else {
        Sum::of(p.iter().zip(q).flat_map(|(&p, &q)| [slope * (p - q), at_one * q]))
    };
    Ok(Certified::new(centred.value + tangent, centred.dual + tangent))
}

/// Cells of one task where there are many. Each task is summed on its own, and the sums are added in order, so the bits
/// do not depend on the number of threads.
const TASK: usize = 64 * BLOCK;

fn sum_cells<G: Generator + ?Sized>(f: &G, p: &[f64], q: &[f64]) -> Result<Certified> {
    f.validate()?;
    check_lengths(p.len(), q.len())?;
    let alone = alone(f)?;
    let mut total = Sums::default();
    if p.len() > TASK {
        let tasks = p.par_chunks(TASK).zip(q.par_chunks(TASK)).enumerate();
        let sums: Vec<_> = tasks.map(|(i, (p, q))| sum_task(f, p, q, alone, i * TASK)).collect();
        for sums in sums {
            total.merge(sums?);
        }
    } else {
        total = sum_task(f, p, q, alone, 0)?;
    }
    Ok(Certified::new(total.value.value(), total.dual.value()))
}

/// The contribution of a unit of mass where the other law has none.
fn alone<G: Generator + ?Sized>(f: &G) -> Result<Alone> {
    let only_p = mutate!(f.slope_at_infinity() - f.df(1.0), InfinityClamped, |v: f64| v.min(700.0));
    let only_q = mutate!(f.at_zero() + f.df(1.0) - f.f(1.0), ZeroDropped, |_| 0.0);
    if only_p.is_nan() || only_q.is_nan() {
        return Err(Error::out_of_domain(
            "f(0), f(1), f'(1) or f'(inf) of the generator",
            f64::NAN,
            "f and f' finite at one, f(0) and f'(inf) finite or +inf",
        ));
    }
    Ok(Alone { p: only_p, q: only_q })
}

/// The sums of one task, block by block with the kernel of the generator. Cells are taken one by one if there is no
/// kernel or if the masses are extreme. `first` is the index of the first cell.
fn sum_task<G: Generator + ?Sized>(f: &G, p: &[f64], q: &[f64], alone: Alone, first: usize) -> Result<Sums> {
    let mut total = Sums::default();
    for (i, (p, q)) in p.chunks(BLOCK).zip(q.chunks(BLOCK)).enumerate() {
        match f.sum_block(p, q, alone) {
            Some(sums) => total.merge(sums),
            None => one_by_one(f, p, q, alone, first + i * BLOCK, &mut total)?,
        }
    }
    Ok(total)
}

fn one_by_one<G: Generator + ?Sized>(
    f: &G,
    p: &[f64],
    q: &[f64],
    alone: Alone,
    first: usize,
    total: &mut Sums,
) -> Result<()> {
    let (only_p, only_q) = (alone.p, alone.q);
    for (i, (&p, &q)) in p.iter().zip(q).enumerate() {
        let (primal, dual_cell) = match (p > 0.0, q > 0.0) {
            (false, false) => continue,
            (true, false) => (p * only_p, p * only_p),
            (false, true) => (q * only_q, q * only_q),
            (true, true) => {
                let (primal, dual) = (f.cell(p, q), f.dual_cell(p, q));
                let dual = if dual.is_finite() {
                    dual
                } else if f.dual_optimum(p, q).is_finite() {
                    0.0
                } else {
                    primal
                };
                (primal, dual)
            }
        };
        if primal.is_nan() {
            let at = Index::Entry(first + i);
            return Err(Error::not_finite("f(p/q)", at, primal));
        }
        total.value.add(primal);
        total.dual.add(dual_cell);
    }
    Ok(())
}

pub(crate) fn check_lengths(p: usize, q: usize) -> Result<()> {
    if p == q {
        return Ok(());
    }
    let (left, right) = ("p".to_owned(), "q".to_owned());
    Err(Error::size_mismatch((left, p), (right, q), "bins"))
}

macro_rules! shortcut {
    ($name:ident, $variant:ident, $doc:literal) => {
        #[doc = $doc]
        ///
        /// # Errors
        /// Laws of different lengths.
        pub fn $name(p: &Pmf, q: &Pmf) -> Result<Certified> {
            f_divergence(&FDivergence::$variant, p, q)
        }
    };
}

shortcut!(kl, Kl, "Kullback-Leibler, `sum p ln(p/q)` in nats; `+inf` where `q = 0 < p`.");
shortcut!(reverse_kl, ReverseKl, "`KL(Q||P) = sum q ln(q/p)` in nats; `+inf` where `p = 0 < q`.");
shortcut!(jeffreys, Jeffreys, "Jeffreys, `KL(P||Q) + KL(Q||P)` in nats.");
shortcut!(jsd, Jsd, "Jensen-Shannon, with the two halves: 0 to `ln 2`. Its root is a metric.");
shortcut!(total_variation, TotalVariation, "Total variation, half the L1 distance: 0 to 1, a metric.");
shortcut!(hellinger2, Hellinger2, "Squared Hellinger, `1 - sum sqrt(pq)`: 0 to 1. Its root is a metric.");
shortcut!(pearson, Pearson, "Pearson's chi-squared, `sum (p-q)^2/q`.");
shortcut!(neyman, Neyman, "Neyman's chi-squared, `sum (p-q)^2/p`.");
shortcut!(le_cam, LeCam, "Le Cam's (triangular) discrimination, `sum (p-q)^2/(p+q)`: 0 to 2. Its root is a metric.");

/// The discriminator that best tells samples of `P` from samples of `Q`.
#[derive(Debug, Clone, PartialEq)]
pub struct OptimalDiscriminator {
    /// `ln p - ln q`, one a bin; `+-inf` where only one law has mass, 0 where neither has.
    pub logits: Vec<f64>,
    /// `D* = p/(p+q)`, one a bin; one half where neither law has mass, since any value is optimal there.
    pub values: Vec<f64>,
}

/// `D* = p/(p+q)`, with its logits (Goodfellow et al., arXiv:1406.2661, proposition 1).
///
/// ```
/// use fenchel::divergence::optimal_discriminator;
/// use fenchel::measure::Pmf;
/// let d = optimal_discriminator(&Pmf::new([0.25, 0.75])?, &Pmf::new([0.75, 0.25])?)?;
/// assert_eq!(d.values, [0.25, 0.75]);
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// # Errors
/// Laws of different lengths.
pub fn optimal_discriminator(p: &Pmf, q: &Pmf) -> Result<OptimalDiscriminator> {
    check_lengths(p.len(), q.len())?;
    let cells = || p.masses().iter().zip(q.masses());
    let logits = cells().map(|(&p, &q)| logit(p, q)).collect();
    let values = cells().map(|(&p, &q)| if p + q > 0.0 { p / (p + q) } else { 0.5 }).collect();
    Ok(OptimalDiscriminator {
        logits: mutate!(logits, LogitsSwapped, |l: Vec<f64>| l.into_iter().map(|l| -l).collect()),
        values: mutate!(values, DiscriminatorSwapped, |d: Vec<f64>| d.into_iter().map(|d| 1.0 - d).collect()),
    })
}

/// The value of the GAN game at the optimal discriminator, `V(D*, G) = -ln 4 + 2 JSD`.
///
/// `value` is `-ln 4 + 2 JSD`; `dual` is the game itself, `E_P[ln D*] + E_Q[ln(1 - D*)]`, from the logits, so that
/// no logarithm of zero is taken.
///
/// # Errors
/// Laws of different lengths.
pub fn value_at_optimum(p: &Pmf, q: &Pmf) -> Result<Certified> {
    let value = f_divergence(&FDivergence::Gan, p, q)?.value;
    let mut game = Sum::new();
    for (&p, &q) in p.masses().iter().zip(q.masses()) {
        let l = logit(p, q);
        if p > 0.0 {
            game.add(p * ln_sigmoid(l));
        }
        if q > 0.0 {
            game.add(q * ln_sigmoid(-l));
        }
    }
    Ok(Certified::new(value, mutate!(game.value(), OptimumDual, |v| v + 1e-9)))
}

fn logit(p: f64, q: f64) -> f64 {
    match (p > 0.0, q > 0.0) {
        (true, true) => ln_ratio(p, q),
        (true, false) => f64::INFINITY,
        (false, true) => f64::NEG_INFINITY,
        (false, false) => 0.0,
    }
}
