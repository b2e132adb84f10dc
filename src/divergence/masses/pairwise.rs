//! Many divergences at once: every row against every row, or laws side by side along an axis.
//!
//! Each entry has the value and the dual of [`Kind::evaluate`] for the two laws, bit for bit. Exception: in
//! [`pairwise`] the Jensen-Shannon family uses precomputed entropies for distant laws, equal to 1e-13 relative (for
//! `gan`, which is `2 JSD - ln 4`, this holds of its divergence part). The laws are checked once. The rows are shared
//! among threads, which does not change a bit.

use super::entropies::{Entropies, Entropy};
use crate::certificate::Certified;
use crate::divergence::kind::Kind;
use crate::error::{Error, Result};
use crate::measure::Pmf;
use ndarray::{Array, Array2, ArrayView, ArrayView2, Axis, Dimension, Ix2, RemoveAxis};
use rayon::prelude::*;

/// Laws that are compared in turn with one other law, so that it is read from memory once for all of them.
const ROWS: usize = 8;

/// An array of divergences with the array of their duals.
#[derive(Debug, Clone, PartialEq)]
pub struct CertifiedArray<D: Dimension> {
    /// The divergences; may hold `+inf`, never NaN.
    pub value: Array<f64, D>,
    /// Their dual values, of the same shape; `+inf` exactly where `value` is.
    pub dual: Array<f64, D>,
}

impl<D: Dimension> CertifiedArray<D> {
    /// The largest gap `|value - dual|` of all entries.
    #[must_use]
    pub fn gap(&self) -> f64 {
        let gaps = self.value.iter().zip(&self.dual).map(|(&value, &dual)| Certified::new(value, dual).gap());
        gaps.fold(0.0, f64::max)
    }

    fn new(entries: &[Certified], shape: D) -> Self {
        let array = |part: fn(&Certified) -> f64| {
            Array::from_shape_vec(shape.clone(), entries.iter().map(part).collect()).expect("one entry a law")
        };
        Self { value: array(|c| c.value), dual: array(|c| c.dual) }
    }
}

/// The divergence of every row of `p` from every row of `q`: entry `[i, j]` is that of `p[i]` from `q[j]`, in nats.
///
/// Rows are laws, columns are bins. Where `p` and `q` are the same table and the divergence is symmetric, so is the
/// matrix, and only half of it is computed. Cost O(rows of p x rows of q x bins) time; memory for twice the two
/// matrices and a copy of either table.
///
/// ```
/// use fenchel::divergence::{Kind, pairwise};
/// use ndarray::array;
/// let laws = array![[0.5, 0.5], [1.0, 0.0], [0.0, 1.0]];
/// let d = pairwise(laws.view(), laws.view(), "jsd".parse()?)?;
/// assert_eq!(d.value[[1, 2]], std::f64::consts::LN_2);
/// assert_eq!(d.value.diag(), array![0.0, 0.0, 0.0]);
/// assert!(d.gap() < 1e-15);
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// # Errors
/// A row that is no law (the message says which); tables with different numbers of columns; a parameter of `kind`
/// outside its domain.
pub fn pairwise(p: ArrayView2<'_, f64>, q: ArrayView2<'_, f64>, kind: Kind) -> Result<CertifiedArray<Ix2>> {
    if p.ncols() != q.ncols() {
        return Err(Error::size_mismatch(("p", p.ncols()), ("q", q.ncols()), "bins"));
    }
    let laws = |table: ArrayView2<'_, f64>, name: &str| -> Result<Vec<Pmf>> {
        let rows = table.rows().into_iter().enumerate();
        rows.map(|(i, row)| Pmf::new(row.to_vec()).map_err(|error| error.context(format!("row {i} of {name}"))))
            .collect()
    };
    let half = kind.is_symmetric() && p == q;
    let (p, q) = (laws(p, "p")?, laws(q, "q")?);
    let entropies = Entropies::of(kind)?;
    let of = |laws: &[Pmf]| -> Vec<Entropy> {
        if entropies.is_some() { laws.par_iter().map(Entropies::entropy).collect() } else { Vec::new() }
    };
    let (of_p, of_q) = (of(&p), of(&q));
    let entry = |i: usize, j: usize| -> Result<Certified> {
        let known = entropies.as_ref().and_then(|e| e.divergence((&p[i], &of_p[i]), (&q[j], &of_q[j])));
        known.map_or_else(|| kind.evaluate(&p[i], &q[j]), Ok)
    };
    let some_rows = |first: usize| -> Result<Vec<Vec<Certified>>> {
        let count = ROWS.min(p.len() - first);
        let mut rows = vec![Vec::with_capacity(q.len()); count];
        for j in 0..q.len() {
            for (i, row) in (first..).zip(&mut rows) {
                if !half || i <= j {
                    row.push(entry(i, j)?);
                }
            }
        }
        Ok(rows)
    };
    let blocks: Vec<Result<_>> = (0..p.len()).into_par_iter().step_by(ROWS).map(some_rows).collect();
    let rows: Vec<Vec<Certified>> = blocks.into_iter().collect::<Result<Vec<_>>>()?.concat();
    let shape = (p.len(), q.len());
    let found = |(i, j): (usize, usize)| match (half, i <= j) {
        (false, _) => rows[i][j],
        (true, true) => rows[i][j - i],
        (true, false) => rows[j][i - j],
    };
    Ok(CertifiedArray {
        value: Array2::from_shape_fn(shape, |at| found(at).value),
        dual: Array2::from_shape_fn(shape, |at| found(at).dual),
    })
}

/// The divergences of laws that lie along an axis of two arrays of one shape: the answer has that shape without the
/// axis.
///
/// Cost O(entries).
///
/// ```
/// use fenchel::divergence::{Kind, along_axis};
/// use ndarray::{Axis, array};
/// let p = array![[0.5, 1.0], [0.5, 0.0]];
/// let q = array![[0.5, 0.5], [0.5, 0.5]];
/// let d = along_axis(p.view(), q.view(), Axis(0), "tv".parse()?)?;
/// assert_eq!(d.value, array![0.0, 0.5]);
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// # Errors
/// Arrays of different shapes; an axis that there is not; a lane that is no law (counted in row-major order without
/// the axis); a parameter of `kind` outside its domain.
pub fn along_axis<D: Dimension + RemoveAxis>(
    p: ArrayView<'_, f64, D>,
    q: ArrayView<'_, f64, D>,
    axis: Axis,
    kind: Kind,
) -> Result<CertifiedArray<D::Smaller>> {
    if axis.index() >= p.ndim() {
        return Err(Error::out_of_domain(
            "axis",
            axis.index() as f64,
            format!("an axis below {}, the number of axes", p.ndim()),
        ));
    }
    if p.ndim() != q.ndim() {
        return Err(Error::size_mismatch(("p", p.ndim()), ("q", q.ndim()), "axes"));
    }
    for (i, (&left_size, &right_size)) in p.shape().iter().zip(q.shape()).enumerate() {
        if left_size != right_size {
            let (left, right) = (format!("axis {i} of p"), format!("axis {i} of q"));
            return Err(Error::size_mismatch((left, left_size), (right, right_size), "entries"));
        }
    }
    let laws = |array: &ArrayView<'_, f64, D>, name: &str| -> Result<Vec<Pmf>> {
        let lanes = array.lanes(axis).into_iter().enumerate();
        lanes
            .map(|(i, lane)| Pmf::new(lane.to_vec()).map_err(|error| error.context(format!("law {i} of {name}"))))
            .collect()
    };
    let (p_laws, q_laws) = (laws(&p, "p")?, laws(&q, "q")?);
    let entries: Vec<Result<Certified>> = p_laws.par_iter().zip(&q_laws).map(|(p, q)| kind.evaluate(p, q)).collect();
    let entries: Vec<Certified> = entries.into_iter().collect::<Result<_>>()?;
    Ok(CertifiedArray::new(&entries, p.raw_dim().remove_axis(axis)))
}
