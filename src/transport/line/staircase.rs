//! The monotone plan of two sorted laws, step by step, and the potentials that are tight along it.

use crate::numeric::Sum;
use crate::transport::problem::masses::WholeMass;

/// A pair at which the walk stops: `row` and `column` count in the sorted order.
pub(in crate::transport) struct Stop<M> {
    pub row: usize,
    pub column: usize,
    /// Units of mass that the monotone plan moves between the two; may be zero.
    pub amount: M,
    pub cost: f64,
    /// Potentials of the two: `u + v = cost`.
    pub u: f64,
    pub v: f64,
    /// Whether the walk stops at this row (column) for the first time.
    pub new_row: bool,
    pub new_column: bool,
}

/// Walks from the lowest pair to the highest, along one side at a time, and stops at each pair on the way. `x` and `y`
/// are ascending, `a` and `b` give the masses in units, with equal totals; `cost` is a convex function of the
/// difference.
///
/// Where both sides are used up at once, the next potential is free between two bounds. The walk takes the value
/// nearest to zero, which keeps potentials as small as the costs in use. So for two clouds that nearly coincide the
/// dual value is as accurate as the cost. A bound that overflows is ignored.
pub(in crate::transport) fn walk<M: WholeMass>(
    (x, a): (&[f64], impl Fn(usize) -> M),
    (y, b): (&[f64], impl Fn(usize) -> M),
    cost: impl Fn(f64) -> f64,
    mut visit: impl FnMut(&Stop<M>),
) {
    let (mut row, mut column) = (0, 0);
    let (mut supply, mut demand) = (a(0), b(0));
    // the potential of the present row; summed with compensation, because n terms go into it
    let mut height = Sum::new();
    let (mut new_row, mut new_column) = (true, true);
    loop {
        let c = cost(x[row] - y[column]);
        let u = height.value();
        let amount = supply.min(demand);
        supply -= amount;
        demand -= amount;
        visit(&Stop { row, column, amount, cost: c, u, v: c - u, new_row, new_column });
        let (more_rows, more_columns) = (row + 1 < x.len(), column + 1 < y.len());
        (new_row, new_column) = match (more_rows, more_columns) {
            (false, false) => return,
            (true, true) if supply == M::ZERO && demand == M::ZERO => (true, true),
            (_, true) if supply > M::ZERO || !more_rows => (false, true),
            _ => (true, false),
        };
        if new_row {
            let (before, mut high) = (height, height);
            high.add(cost(x[row + 1] - y[column]));
            high.add(-c);
            height = high;
            if new_column {
                let mut low = before;
                low.add(cost(x[row + 1] - y[column + 1]));
                low.add(-cost(x[row] - y[column + 1]));
                height = if low.value() > 0.0 {
                    low
                } else if high.value() < 0.0 {
                    high
                } else {
                    Sum::new()
                };
            }
            row += 1;
            supply = a(row);
        }
        if new_column {
            column += 1;
            demand = b(column);
        }
    }
}

/// Calls `visit(row, column, amount)` for each pair between which the monotone plan moves mass. `a` and `b` give the
/// units of the `n` and `m` points in ascending order, with equal totals.
pub(in crate::transport) fn for_each_arc<M: WholeMass>(
    (n, a): (usize, impl Fn(usize) -> M),
    (m, b): (usize, impl Fn(usize) -> M),
    mut visit: impl FnMut(usize, usize, M),
) {
    let (mut row, mut column) = (0, 0);
    let (mut supply, mut demand) = (a(0), b(0));
    loop {
        let amount = supply.min(demand);
        if amount > M::ZERO {
            visit(row, column, amount);
        }
        (supply, demand) = (supply - amount, demand - amount);
        if supply == M::ZERO {
            row += 1;
            if row == n {
                return;
            }
            supply = a(row);
        } else {
            column += 1;
            if column == m {
                return;
            }
            demand = b(column);
        }
    }
}

/// The cost of the monotone plan in units of mass, without potentials, for callers that need many of them.
pub(in crate::transport) fn cost_of_sorted<M: WholeMass>(
    (x, a): (&[f64], impl Fn(usize) -> M),
    (y, b): (&[f64], impl Fn(usize) -> M),
    cost: impl Fn(f64) -> f64,
) -> f64 {
    let mut total = Sum::new();
    for_each_arc((x.len(), a), (y.len(), b), |r, s, amount| total.add(amount.to_f64() * cost(x[r] - y[s])));
    total.value()
}

/// The same for as many points on both sides, all of one unit.
pub(in crate::transport) fn cost_of_pairs(x: &[f64], y: &[f64], cost: impl Fn(f64) -> f64) -> f64 {
    // short runs are summed as they come, in registers side by side, and the runs with compensation
    const RUN: usize = 256;
    let run = |(x, y): (&[f64], &[f64])| x.iter().zip(y).map(|(x, y)| cost(x - y)).sum::<f64>();
    Sum::of(x.chunks(RUN).zip(y.chunks(RUN)).map(run))
}

/// The largest distance over which the monotone plan moves mass: `W_inf`, since no plan does with less.
pub(in crate::transport) fn farthest<M: WholeMass>(
    (x, a): (&[f64], impl Fn(usize) -> M),
    (y, b): (&[f64], impl Fn(usize) -> M),
) -> f64 {
    let mut most = 0.0f64;
    for_each_arc((x.len(), a), (y.len(), b), |r, s, _| most = most.max((x[r] - y[s]).abs()));
    most
}
