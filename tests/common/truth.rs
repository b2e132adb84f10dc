//! What small transport problems really cost, by routes that share nothing with the library: every basis tried in turn, in
//! 32 digits; and a general linear program.

#![allow(dead_code)] // each user takes a part of this
#![allow(clippy::needless_range_loop)] // matrices by index, as in the textbook

use super::double_double::Dd;
use microlp::{ComparisonOp, OptimizationDirection};
use ndarray::{Array2, ArrayView2};

/// The optimum, and how much cost the best plan moves in absolute value. Infinite where no plan is feasible.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Truth {
    pub cost: f64,
    pub moved: f64,
    /// How far the route may be from the truth, relative to the size of the costs.
    pub precision: f64,
}

/// The number of arcs up to which every basis is tried.
const ARCS: usize = 9;

/// The optimum of transport between masses with the same total (up to rounding, which goes to the heaviest column), if the
/// problem is small enough or suits a linear program.
pub fn transport(costs: ArrayView2<'_, f64>, a: &[f64], b: &[f64], program: bool) -> Option<Truth> {
    let (rows, columns) = (support(a), support(b));
    if rows.len() * columns.len() <= ARCS || rows.len() == 1 || columns.len() == 1 {
        return Some(by_bases(costs, (a, &rows), (b, &columns)));
    }
    if program && rows.len() * columns.len() <= 150 { by_program(costs, a, b) } else { None }
}

fn support(masses: &[f64]) -> Vec<usize> {
    (0..masses.len()).filter(|&i| masses[i] > 0.0).collect()
}

/// Every spanning tree, its flow by taking off leaves.
fn by_bases(costs: ArrayView2<'_, f64>, (a, rows): (&[f64], &[usize]), (b, columns): (&[f64], &[usize])) -> Truth {
    let (n, m) = (rows.len(), columns.len());
    let dd = |w: &[f64], places: &[usize]| places.iter().map(|&i| Dd::from(w[i])).collect::<Vec<Dd>>();
    let (a, mut b) = (dd(a, rows), dd(b, columns));
    let sum = |w: &[Dd]| w.iter().fold(Dd::ZERO, |sum, w| sum + *w);
    let total = sum(&a);
    let heaviest = (0..m).max_by(|&j, &k| b[j].to_f64().total_cmp(&b[k].to_f64())).expect("a column with mass");
    b[heaviest] = b[heaviest] + (total - sum(&b));
    let nothing = 1e-29 * total.to_f64();
    let arcs: Vec<(usize, usize)> = (0..n).flat_map(|i| (0..m).map(move |j| (i, j))).collect();
    let mut best = Truth { cost: f64::INFINITY, moved: 0.0, precision: 1e-15 };
    let full = n + m - 1;
    let masks: Vec<u64> = if full == arcs.len() {
        vec![u64::MAX >> (64 - full)]
    } else {
        (0..1u64 << arcs.len()).filter(|mask| mask.count_ones() as usize == full).collect()
    };
    for mask in masks {
        let chosen: Vec<(usize, usize)> = (0..arcs.len()).filter(|k| (mask >> k) & 1 == 1).map(|k| arcs[k]).collect();
        let Some(flow) = flow_on(&chosen, &a, &b) else { continue };
        if flow.iter().any(|p| p.to_f64() < -nothing) {
            continue;
        }
        let (mut cost, mut moved) = (Dd::ZERO, 0.0);
        for (&(i, j), &p) in chosen.iter().zip(&flow) {
            let c = costs[[rows[i], columns[j]]];
            if p.to_f64() > nothing {
                if c.is_infinite() {
                    moved = f64::INFINITY;
                    break;
                }
                let term = p * Dd::from(c);
                cost = cost + term;
                moved += term.abs().to_f64();
            }
        }
        if moved.is_finite() && cost.to_f64() < best.cost {
            best = Truth { cost: cost.to_f64(), moved, ..best };
        }
    }
    best
}

/// The flow on the arcs of a spanning tree; nothing if they are none.
fn flow_on(arcs: &[(usize, usize)], a: &[Dd], b: &[Dd]) -> Option<Vec<Dd>> {
    let (mut supply, mut demand) = (a.to_vec(), b.to_vec());
    let mut flow = vec![Dd::ZERO; arcs.len()];
    let mut open: Vec<usize> = (0..arcs.len()).collect();
    while !open.is_empty() {
        let alone = |k: usize| {
            let (i, j) = arcs[k];
            let row = open.iter().filter(|&&l| arcs[l].0 == i).count() == 1;
            let column = open.iter().filter(|&&l| arcs[l].1 == j).count() == 1;
            (row || column).then_some((k, row))
        };
        // a graph on these points without a leaf has a cycle; of two ends the row goes first
        let (k, row) = open.iter().find_map(|&k| alone(k))?;
        let (i, j) = arcs[k];
        let p = if row { supply[i] } else { demand[j] };
        flow[k] = p;
        supply[i] = supply[i] - p;
        demand[j] = demand[j] - p;
        open.retain(|&l| l != k);
    }
    let left = supply.iter().chain(&demand).map(|w| w.abs().to_f64()).sum::<f64>();
    let total = a.iter().map(|w| w.to_f64()).sum::<f64>();
    (left <= 1e-29 * total).then_some(flow)
}

/// By a general solver, in units of the largest cost and of the mean mass.
fn by_program(costs: ArrayView2<'_, f64>, a: &[f64], b: &[f64]) -> Option<Truth> {
    let (n, m) = costs.dim();
    let total = a.iter().sum::<f64>();
    let largest = costs.iter().filter(|c| c.is_finite()).fold(0.0f64, |most, c| most.max(c.abs()));
    if largest == 0.0 {
        return Some(Truth { cost: 0.0, moved: 0.0, precision: 1e-15 });
    }
    let mut lp = microlp::Problem::new(OptimizationDirection::Minimize);
    let mut vars = Vec::new();
    for ((i, j), c) in costs.indexed_iter().filter(|(_, c)| c.is_finite()) {
        vars.push((i, j, lp.add_var(c / largest, (0.0, f64::INFINITY))));
    }
    // the last constraint follows from the others, and rounding must not contradict it
    for i in 0..n {
        let row: Vec<_> = vars.iter().filter(|(k, ..)| *k == i).map(|&(.., v)| (v, 1.0)).collect();
        lp.add_constraint(&row, ComparisonOp::Eq, n as f64 * a[i] / total);
    }
    for j in 0..m - 1 {
        let column: Vec<_> = vars.iter().filter(|(_, k, _)| *k == j).map(|&(.., v)| (v, 1.0)).collect();
        lp.add_constraint(&column, ComparisonOp::Eq, n as f64 * b[j] / total);
    }
    let value = lp.solve().ok()?.into_solution().ok()?.objective();
    let cost = value * largest * total / n as f64;
    Some(Truth { cost, moved: cost.abs(), precision: 1e-8 })
}

/// Transport between laws on the line, `|x - y|^p`, from the definition by quantile functions.
pub fn line(x: &[f64], a: &[f64], y: &[f64], b: &[f64], p: f64) -> f64 {
    let sorted = |x: &[f64], w: &[f64]| {
        let mut atoms: Vec<(f64, f64)> = x.iter().copied().zip(w.iter().copied()).filter(|(_, w)| *w > 0.0).collect();
        atoms.sort_by(|s, t| s.0.total_cmp(&t.0));
        let mut sum = Dd::ZERO;
        let ends = atoms.iter().map(|(_, w)| {
            sum = sum + Dd::from(*w);
            sum
        });
        let ends: Vec<Dd> = ends.collect();
        (atoms, ends)
    };
    let ((x, ends_x), (y, ends_y)) = (sorted(x, a), sorted(y, b));
    let (mut i, mut j, mut level, mut cost) = (0, 0, Dd::ZERO, 0.0);
    while i < x.len() && j < y.len() {
        let (s, t) = (ends_x[i], ends_y[j]);
        let next = if (s - t).to_f64() <= 0.0 { s } else { t };
        cost += (next - level).to_f64().max(0.0) * (x[i].0 - y[j].0).abs().powf(p);
        level = next;
        if (s - next).to_f64() <= 0.0 {
            i += 1;
        }
        if (t - next).to_f64() <= 0.0 {
            j += 1;
        }
    }
    cost
}

/// The entropic problem by the textbook's iteration in the log domain: its value to about `1e-9`, or nothing where the iteration
/// is slow.
pub fn entropic(costs: &Array2<f64>, a: &[f64], b: &[f64], eps: f64) -> Option<f64> {
    let (n, m) = costs.dim();
    let (mut f, mut g) = (vec![0.0; n], vec![0.0; m]);
    let soft = |terms: &mut dyn Iterator<Item = f64>| {
        let terms: Vec<f64> = terms.collect();
        let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        most + terms.iter().map(|t| (t - most).exp()).sum::<f64>().ln()
    };
    let total = a.iter().sum::<f64>();
    for _ in 0..3000 {
        for i in 0..n {
            f[i] = -eps
                * soft(&mut (0..m).filter(|&j| b[j] > 0.0).map(|j| (b[j] / total).ln() + (g[j] - costs[[i, j]]) / eps));
        }
        let mut error = 0.0;
        for j in 0..m {
            let new = -eps
                * soft(&mut (0..n).filter(|&i| a[i] > 0.0).map(|i| (a[i] / total).ln() + (f[i] - costs[[i, j]]) / eps));
            error += b[j] * (((g[j] - new) / eps).exp() - 1.0).abs();
            g[j] = new;
        }
        if error < 1e-13 * total {
            let terms = a.iter().zip(&f).chain(b.iter().zip(&g));
            return Some(terms.map(|(w, p)| if *w > 0.0 { w * p } else { 0.0 }).sum());
        }
    }
    None
}
