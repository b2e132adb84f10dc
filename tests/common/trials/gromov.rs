//! Matches of spaces.

use super::super::check::{self, Fault, is_true};
use super::super::degenerate::{Kind, Limit, clouds};
use super::shared::{GROUNDS, Outcome, held, laws, limited, refused};
use fenchel::transport::{Gromov, Space};

pub fn gromov(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let c = clouds(kind, 2, 200, seed);
    let (x, y) = laws(&c);
    let ground = GROUNDS[(seed % 2) as usize];
    let solver = limited!(Gromov::new().restarts(1).iteration_limit(20), seed);
    let spaces = Space::of(&x, ground).and_then(|p| Ok((p, Space::of(&y, ground)?)));
    let found = match spaces.and_then(|(p, q)| solver.solve(&p, &q)) {
        Err(error) => return refused(kind, &error),
        Ok(found) => found,
    };
    let r = &found.report;
    check::report(r)?;
    let (within, across) = (check::costs(c.x.view(), c.x.view(), ground), check::costs(c.y.view(), c.y.view(), ground));
    let objective = |arcs: &[(usize, usize, f64)]| {
        let (mut value, mut size) = (0.0, 0.0);
        for &(i, j, p) in arcs {
            for &(k, l, q) in arcs {
                value += p * q * (within[[i, k]] - across[[j, l]]).powi(2);
                size += p * q * (within[[i, k]].powi(2) + across[[j, l]].powi(2));
            }
        }
        (value, size)
    };
    let arcs = found.plan.arcs();
    is_true(arcs.iter().all(|(.., p)| *p > 0.0 && p.is_finite()), || "a mass is no number".to_owned())?;
    let (mut rows, mut columns) = (vec![0.0; c.a.len()], vec![0.0; c.b.len()]);
    for &(i, j, p) in &arcs {
        rows[i] += p;
        columns[j] += p;
    }
    let off = rows.iter().zip(&c.a).chain(columns.iter().zip(&c.b)).map(|(p, w)| (p - w).abs()).sum::<f64>();
    is_true(off <= 1e-11, || format!("marginals off by {off:e}"))?;
    let (value, size) = objective(&arcs);
    is_true((value - r.primal).abs() <= 1e-11 * size, || format!("objective {:e} is {value:e}", r.primal))?;
    // no plan is below the lower bound: the product of the weights is one
    let product: Vec<(usize, usize, f64)> = (0..c.a.len())
        .flat_map(|i| (0..c.b.len()).map(move |j| (i, j)))
        .map(|(i, j)| (i, j, c.a[i] * c.b[j]))
        .collect();
    let (other, _) = objective(&product);
    is_true(r.dual <= other + 1e-11 * size && r.dual <= value + 1e-11 * size, || {
        format!("dual {:e}, but plans at {value:e} and {other:e}", r.dual)
    })?;
    Ok(held(r))
}
