//! A sparse set of arcs, and the entropic sweeps on it that make two potentials fit each other.

use crate::numeric::exp_clamped_f32;
use rayon::prelude::*;

/// Shares of masses are summed in this unit, in which none is a subnormal number. Processors are slow with those.
pub(in crate::transport) const NORMAL: f32 = (1u64 << 40) as f32;

/// A source, a sink and the cost between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::transport) struct Arc {
    pub i: u32,
    pub j: u32,
    pub cost: f64,
}

/// Arcs in the order of `(i, j)`, each once, with the places where rows begin.
#[derive(Debug)]
pub(in crate::transport) struct Arcs {
    pub list: Vec<Arc>,
    first: Vec<u32>,
    columns: usize,
}

impl Arcs {
    /// Sorts the arcs and drops repetitions.
    pub(in crate::transport) fn new((rows, columns): (usize, usize), arcs: impl Iterator<Item = Arc> + Clone) -> Self {
        // by counting over the rows; then each row, which is short, by column
        let mut first = vec![0u32; rows + 1];
        arcs.clone().for_each(|arc| first[arc.i as usize + 1] += 1);
        for i in 0..rows {
            first[i + 1] += first[i];
        }
        let mut place = first.clone();
        let mut list = vec![Arc { i: 0, j: 0, cost: 0.0 }; first[rows] as usize];
        for arc in arcs {
            let place = &mut place[arc.i as usize];
            list[*place as usize] = arc;
            *place += 1;
        }
        let mut kept = 0;
        for i in 0..rows {
            let (start, end) = (first[i] as usize, first[i + 1] as usize);
            list[start..end].sort_unstable_by_key(|arc| arc.j);
            first[i] = kept as u32;
            for k in start..end {
                if kept == first[i] as usize || list[kept - 1].j != list[k].j {
                    list[kept] = list[k];
                    kept += 1;
                }
            }
        }
        first[rows] = kept as u32;
        list.truncate(kept);
        Self { list, first, columns }
    }

    pub(in crate::transport) fn shape(&self) -> (usize, usize) {
        (self.first.len() - 1, self.columns)
    }

    pub(in crate::transport) fn row(&self, i: usize) -> &[Arc] {
        &self.list[self.first[i] as usize..self.first[i + 1] as usize]
    }

    /// The same arcs by column: each with `i` and `j` exchanged.
    pub(in crate::transport) fn transposed(&self) -> Self {
        let (n, m) = self.shape();
        Self::new((m, n), self.list.iter().map(|&Arc { i, j, cost }| Arc { i: j, j: i, cost }))
    }

    /// Sinkhorn sweeps from `(u, v)` at each `eps > 0` of the schedule in turn, for masses `a` and `b` (relative to their means).
    ///
    /// In the log domain and on reduced costs, which are small where it matters, so single precision does. One
    /// exponential an arc and sweep: what normalises the rows is summed over the columns at once. Nothing here has to
    /// converge; it has to remove the disagreement of two potentials that were obtained independently.
    pub(in crate::transport) fn balance(&self, a: &[f32], b: &[f32], u: &mut [f64], v: &mut [f64], schedule: &[f64]) {
        let (rows, columns) = self.shape();
        // in units of the first eps, so that no scale of the costs is too large or too small
        let unit = schedule[0];
        let reduced: Vec<f32> = (self.list.par_iter())
            .map(|arc| ((arc.cost - u[arc.i as usize] - v[arc.j as usize]) / unit).clamp(-1e30, 1e30) as f32)
            .collect();
        let (mut du, mut dv) = (vec![0.0f32; rows], vec![0.0f32; columns]);
        let mut sums = vec![0.0f32; columns];
        let mut share = Vec::new();
        for &eps in schedule {
            let (eps, rate) = ((eps / unit) as f32, (unit / eps) as f32);
            sums.fill(0.0);
            for i in 0..rows {
                let range = self.first[i] as usize..self.first[i + 1] as usize;
                let arcs = &self.list[range.clone()];
                if arcs.is_empty() {
                    continue;
                }
                share.clear();
                share.extend(arcs.iter().zip(&reduced[range]).map(|(arc, r)| dv[arc.j as usize] - r));
                let most = share.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let mut total = 0.0;
                for s in &mut share {
                    *s = exp_clamped_f32::<false>((*s - most) * rate);
                    total += *s;
                }
                du[i] = eps * (a[i] / total).ln() - most;
                let scale = a[i] / total * NORMAL;
                for (arc, s) in arcs.iter().zip(&share) {
                    sums[arc.j as usize] += s * scale;
                }
            }
            for ((dv, sum), b) in dv.iter_mut().zip(&sums).zip(b) {
                *dv += eps * (b / (sum / NORMAL).max(1e-30)).ln();
            }
        }
        u.iter_mut().zip(&du).for_each(|(u, du)| *u += unit * f64::from(*du));
        v.iter_mut().zip(&dv).for_each(|(v, dv)| *v += unit * f64::from(*dv));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;

    fn arc(i: u32, j: u32, cost: f64) -> Arc {
        Arc { i, j, cost }
    }

    #[test]
    fn sorted_and_each_once() {
        let given = [arc(2, 0, 3.0), arc(0, 1, 1.0), arc(0, 0, 2.0), arc(2, 0, 3.0), arc(0, 1, 1.0)];
        let arcs = Arcs::new((3, 2), given.iter().copied());
        assert_eq!(arcs.list, [arc(0, 0, 2.0), arc(0, 1, 1.0), arc(2, 0, 3.0)]);
        assert_eq!((arcs.row(0).len(), arcs.row(1).len(), arcs.row(2).len()), (2, 0, 1));
        assert_eq!(arcs.transposed().list, [arc(0, 0, 2.0), arc(0, 2, 3.0), arc(1, 0, 1.0)]);
    }

    #[test]
    fn sweeps_converge_to_the_entropic_potentials() {
        let (a, b) = ([0.5f32, 1.5], [1.25f32, 0.75]);
        let given: Vec<Arc> = (0..2).flat_map(|i| (0..2).map(move |j| arc(i, j, f64::from(i * 2 + j * j)))).collect();
        let arcs = Arcs::new((2, 2), given.iter().copied());
        let (mut u, mut v) = ([0.3, -0.2], [0.1, 5.0]);
        arcs.balance(&a, &b, &mut u, &mut v, &[0.7; 60]);
        let plan = |i: usize, j: usize| ((u[i] + v[j] - given[2 * i + j].cost) / 0.7).exp();
        for k in 0..2 {
            assert!((plan(k, 0) + plan(k, 1) - f64::from(a[k])).abs() < 1e-5);
            assert!((plan(0, k) + plan(1, k) - f64::from(b[k])).abs() < 1e-5);
        }
    }
}
