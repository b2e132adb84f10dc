//! Relatives of the f-divergences: functions of one, or of more than two laws.

use super::discrete::{check_lengths, f_divergence, f_divergence_masses};
use crate::certificate::Certified;
use crate::divergence::generator::FDivergence;
use crate::error::{Error, Result};
use crate::measure::{MASS_TOLERANCE, Pmf, check_masses};
use crate::numeric::{Sum, kl_cell, ln_ratio, ln1p_over, logsumexp, scaled_expm1};

/// Renyi's divergence `ln(sum p^a q^(1-a))/(a-1)` for `0 <= a <= inf`, in nats; nondecreasing in `a`.
///
/// The ends are limits: 0 gives `-ln Q(p > 0)`, 1 Kullback-Leibler, `inf` gives `ln max p/q`. Continuous in `a`.
/// At 1/2 it is twice [`bhattacharyya`], at 2 it is `ln(1 + chi^2)`.
///
/// The dual is the variational form `a/(a-1) ln E_P[e^{(a-1)T}] - ln E_Q[e^{aT}]` at `T* = ln(p/q)` (Birrell et al.,
/// arXiv:2007.03814); at `a = inf` the best event, `sup ln P(A)/Q(A)`. Definition and limits: van Erven and Harremoes,
/// arXiv:1206.2459. Cost O(bins).
///
/// ```
/// use fenchel::divergence::{kl, renyi};
/// use fenchel::measure::Pmf;
/// let (p, q) = (Pmf::new([0.1, 0.9])?, Pmf::new([0.4, 0.6])?);
/// assert_eq!(renyi(1.0, &p, &q)?, kl(&p, &q)?);
/// assert!((renyi(f64::INFINITY, &p, &q)?.value - 1.5f64.ln()).abs() < 1e-15);
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// # Errors
/// `a` negative or NaN; laws of different lengths.
#[allow(clippy::float_cmp)] // the order one has its own formula; its neighbours do not
pub fn renyi(a: f64, p: &Pmf, q: &Pmf) -> Result<Certified> {
    check_order(a, "order of renyi")?;
    check_lengths(p.len(), q.len())?;
    let escapes = cells(p, q).any(|(p, q)| p > 0.0 && q == 0.0);
    let overlaps = cells(p, q).any(|(p, q)| p > 0.0 && q > 0.0);
    if !overlaps || (escapes && a >= 1.0) {
        return Ok(Certified::new(f64::INFINITY, f64::INFINITY));
    }
    if a == 1.0 {
        return f_divergence(&FDivergence::Kl, p, q);
    }
    if p == q {
        return Ok(Certified::new(0.0, 0.0));
    }
    let both = || cells(p, q).filter(|&(p, q)| p > 0.0 && q > 0.0);
    // orders beyond these differ from the limit by less than a rounding
    if a < 1e-290 {
        let outside = Sum::of(cells(p, q).map(|(p, q)| if p > 0.0 { 0.0 } else { q }));
        let inside = Sum::of(both().map(|(_, q)| q));
        let value = if outside < 0.5 { -(-outside).ln_1p() } else { -inside.ln() };
        return Ok(Certified::new(value.max(0.0), (-inside.ln()).max(0.0)));
    }
    if a > 1e20 {
        let largest = both().map(|(p, q)| ln_ratio(p, q)).fold(f64::NEG_INFINITY, f64::max);
        // the excess of P over Q as a share of P; a logarithm of a mass may be far larger than the difference
        let event = both().filter(|(p, q)| p > q).map(|(p, q)| event_bound(p, q)).fold(0.0, f64::max);
        return Ok(Certified::new(largest.max(0.0), event));
    }
    // Near one the power sum has lost the divergence. Its difference from one, a(a-1) D_a, still holds it.
    let ln_sum = logsumexp(&both().map(|(p, q)| p.ln() + (1.0 - a) * -ln_ratio(p, q)).collect::<Vec<_>>());
    let value = if ln_sum.abs() > 0.25 {
        ln_sum / (a - 1.0)
    } else {
        ln1p_over(a - 1.0, a * f_divergence(&FDivergence::Alpha(a), p, q)?.value)
    };
    let dual = if ln_sum.abs() > 0.25 {
        // adding a constant to T changes nothing; subtracting the greatest logit keeps both terms small
        let top = both().map(|(p, q)| ln_ratio(p, q)).fold(f64::NEG_INFINITY, f64::max);
        let mean_of = |weight: fn(f64, f64) -> f64, order: f64| {
            logsumexp(&both().map(|(p, q)| weight(p, q).ln() + order * (ln_ratio(p, q) - top)).collect::<Vec<_>>())
        };
        let (under_p, under_q) = (mean_of(|p, _| p, a - 1.0), mean_of(|_, q| q, a));
        a / (a - 1.0) * under_p - under_q
    } else {
        // the same two means, each less one; a cell that only one law reaches has T* infinite
        let under_p = Sum::of(cells(p, q).map(|(p, q)| match (p > 0.0, q > 0.0) {
            (true, true) => scaled_expm1(p, (a - 1.0) * ln_ratio(p, q)) / (a - 1.0),
            (true, false) => p / (1.0 - a),
            _ => 0.0,
        }));
        let under_q = Sum::of(cells(p, q).map(|(p, q)| match (p > 0.0, q > 0.0) {
            (true, true) => scaled_expm1(q, a * ln_ratio(p, q)),
            (false, true) => -q,
            _ => 0.0,
        }));
        a * ln1p_over(a - 1.0, under_p) - under_q.ln_1p()
    };
    Ok(Certified::new(value.max(0.0), dual))
}

/// `ln(p/q)` for `p > q > 0` as `-ln(1 - (p-q)/p)`, or from the ratio where that has lost its digits.
fn event_bound(p: f64, q: f64) -> f64 {
    let share = (p - q) / p;
    let ratio = p / q;
    if share < 0.5 {
        -(-share).ln_1p()
    } else if ratio.is_finite() && q.is_normal() {
        ratio.ln()
    } else {
        p.ln() - q.ln()
    }
}

/// The Tsallis relative entropy `(sum p^a q^(1-a) - 1)/(a-1)` for finite `a >= 0`: `a` times the alpha-divergence.
/// Kullback-Leibler at one, `Q(p = 0)` at zero.
///
/// # Errors
/// `a` negative or not finite; laws of different lengths.
pub fn tsallis(a: f64, p: &Pmf, q: &Pmf) -> Result<Certified> {
    check_order(a, "order of tsallis")?;
    if a.is_infinite() {
        return Err(outside("order of tsallis", a, "a finite order of 0 or more"));
    }
    check_lengths(p.len(), q.len())?;
    if a == 0.0 {
        let outside = Sum::of(cells(p, q).map(|(p, q)| if p > 0.0 { 0.0 } else { q }));
        let inside = Sum::of(cells(p, q).map(|(p, q)| if p > 0.0 { q } else { 0.0 }));
        return Ok(Certified::new(outside, if outside == 0.0 { 0.0 } else { 1.0 - inside }));
    }
    let alpha = f_divergence(&FDivergence::Alpha(a), p, q)?;
    Ok(Certified::new(a * alpha.value, a * alpha.dual))
}

/// The Bhattacharyya distance `-ln sum sqrt(pq)`: half of Renyi's divergence of order 1/2; `+inf` for laws that do
/// not overlap.
///
/// # Errors
/// Laws of different lengths.
pub fn bhattacharyya(p: &Pmf, q: &Pmf) -> Result<Certified> {
    let renyi = renyi(0.5, p, q)?;
    Ok(Certified::new(0.5 * renyi.value, 0.5 * renyi.dual))
}

/// The power-divergence statistic of Cressie and Read,
/// `2/(l(l+1)) sum O [(O/E)^l - 1]`, of observed and expected counts with equal totals.
///
/// It is `2 D_alpha(O||E)` with `alpha = l + 1`: Pearson's statistic at `l = 1`, the likelihood ratio `G` at 0,
/// Freeman-Tukey at -1/2, Neyman's at -2. Source: doi:10.1111/j.2517-6161.1984.tb01318.x.
///
/// ```
/// use fenchel::divergence::cressie_read;
/// let pearson = cressie_read(1.0, &[16.0, 18.0, 16.0, 14.0, 12.0, 12.0], &[16.0, 16.0, 16.0, 16.0, 16.0, 8.0])?;
/// assert!((pearson.value - 3.5).abs() < 1e-14);
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// # Errors
/// `l` not finite; different lengths; counts that are negative or not finite; totals that differ by more than 1e-9
/// relative.
pub fn cressie_read(l: f64, observed: &[f64], expected: &[f64]) -> Result<Certified> {
    check_masses(observed, "observed")?;
    check_masses(expected, "expected")?;
    let total = Sum::of(observed.iter().copied());
    let wanted = Sum::of(expected.iter().copied());
    if (total - wanted).abs() > MASS_TOLERANCE * wanted {
        return Err(Error::not_normalised("observed", total, wanted));
    }
    let alpha = f_divergence_masses(&FDivergence::alpha(l + 1.0)?, observed, expected)?;
    Ok(Certified::new(2.0 * alpha.value, 2.0 * alpha.dual))
}

/// The Jensen-Shannon divergence of several laws in nats, `H(sum w_i P_i) - sum w_i H(P_i) = sum w_i KL(P_i||M)` (Lin,
/// doi:10.1109/18.61115): from 0 to the entropy of the weights.
///
/// It is the mutual information between a draw and the label of the law it came from. The dual is the lower bound of it
/// that the Bayes classifier `c_i(x) = w_i p_i/m` proves, `H(w) + sum w_i E_{P_i}[ln c_i]`; any other classifier proves
/// less. Cost O(laws x bins).
///
/// ```
/// use fenchel::divergence::generalised_jsd;
/// use fenchel::measure::Pmf;
/// let laws = [Pmf::new([1.0, 0.0, 0.0])?, Pmf::new([0.0, 1.0, 0.0])?, Pmf::new([0.0, 0.0, 1.0])?];
/// let d = generalised_jsd(&laws, &[1.0 / 3.0; 3])?;
/// assert!((d.value - 3f64.ln()).abs() < 1e-15);
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// # Errors
/// No laws; different lengths; weights that are not as many as the laws, negative, not finite or not of total one.
pub fn generalised_jsd(laws: &[Pmf], weights: &[f64]) -> Result<Certified> {
    if laws.len() != weights.len() {
        return Err(Error::size_mismatch(("laws", laws.len()), ("weights", weights.len()), "laws"));
    }
    let weights = Pmf::new(weights).map_err(|error| error.context("weights"))?;
    for (i, law) in laws.iter().enumerate() {
        if law.len() != laws[0].len() {
            return Err(Error::size_mismatch(("law 0", laws[0].len()), (format!("law {i}"), law.len()), "bins"));
        }
    }
    let (mut value, mut dual) = (Sum::new(), Sum::new());
    for bin in 0..laws[0].len() {
        let masses = || laws.iter().zip(weights.masses()).map(|(law, &w)| (law.masses()[bin], w));
        // Equal masses mix to themselves; the sum of w_i p would be off by a rounding.
        let first = laws[0].masses()[bin];
        #[allow(clippy::float_cmp)]
        if masses().all(|(p, _)| p == first) {
            continue;
        }
        let mixture = Sum::of(masses().map(|(p, w)| w * p));
        for (p, w) in masses().filter(|&(_, w)| w > 0.0) {
            value.add(w * kl_cell(p, mixture));
            if p > 0.0 {
                // H(w) joins ln c_i: its label's share is taken off inside the logarithm
                dual.add(w * p * ((w * p / mixture).ln() - w.ln()));
            }
        }
    }
    let greatest = weights.entropy();
    Ok(Certified::new(value.value().min(greatest), dual.value().min(greatest)))
}

fn cells<'a>(p: &'a Pmf, q: &'a Pmf) -> impl Iterator<Item = (f64, f64)> + 'a {
    p.masses().iter().copied().zip(q.masses().iter().copied())
}

fn check_order(a: f64, what: &str) -> Result<()> {
    if a >= 0.0 { Ok(()) } else { Err(outside(what, a, "an order of 0 or more")) }
}

fn outside(what: &str, value: f64, expected: &str) -> Error {
    Error::out_of_domain(what, value, expected)
}
