//! Exact transport where there is no geometry to refine: clouds of many dimensions, and cost matrices.
//!
//! A few entropic sweeps over all arcs, from a large `eps` to one at which a row still sees a handful of columns, give
//! potentials that are roughly right; most of them are made on a sample of the rows and columns, whose potentials
//! extend to the others. Candidates, sweeps on these alone, and column generation follow ([`generate`](crate::transport::generate)). The
//! sweeps need not converge, so single precision does.

use crate::certificate::Status;
use crate::transport::exact::basis::simplex::Effort;
use crate::transport::exact::find::scan::Scan;
use crate::transport::exact::find::{Finder, Found, Search};
use crate::transport::exact::generate::{State, to_optimum};
use crate::transport::exact::start::Start;
use crate::transport::problem::masses::{Masses, relative};

/// Rows and columns of the sample.
const SAMPLE: usize = 1000;
/// Sweeps on the sample, and on everything.
const SAMPLE_SWEEPS: usize = 30;
const SWEEPS: usize = 2;
/// The last `eps` of the sweeps over all arcs, in units of the spacing ([`spacing`]).
const SEEN: f64 = 0.25;
/// Costs are swept over in single precision unless they differ by less than this.
const LEAST: f64 = 1e-30;
/// The sweeps on candidates, in the same unit.
const FINE_SWEEPS: [f64; 12] = [0.25, 0.25, 0.18, 0.18, 0.12, 0.12, 0.09, 0.09, 0.06, 0.06, 0.03, 0.03];

/// Solves for masses that are all positive.
pub(in crate::transport) fn solve(search: &mut Search<Scan>, masses: &Masses, effort: &mut Effort) -> State {
    let (n, m) = search.shape();
    let (a, b) = (relative(&masses.a), relative(&masses.b));
    let mut stopped = stop(effort);
    let mut v = vec![0.0; m];
    let (_, far) = spacing(&search.rows, &v);
    if stopped.is_none() && far > LEAST {
        (v, stopped) = from_sample(search, &a, &b, far, effort);
    }
    let (near, _) = spacing(&search.rows, &v);
    let mut u = vec![0.0; n];
    for _ in 0..SWEEPS {
        stopped = stopped.or_else(|| stop(effort));
        if stopped.is_none() && near > LEAST {
            u = search.rows.sweep(&a, &b, &mut v, SEEN * near);
        }
    }
    let (near, _) = spacing(&search.rows, &v);
    let arcs = search.candidates(&u, &v);
    let schedule: Vec<f64> = FINE_SWEEPS.iter().map(|s| s * near).collect();
    if stopped.is_none() && near > LEAST {
        arcs.balance(&a, &b, &mut u, &mut v, &schedule);
    }
    to_optimum(search, masses, Start { arcs, plan: Vec::new(), duals: (u, v) }, effort, stopped)
}

/// Potentials of the columns: sweeps between a sample of the rows and one of the columns, then the soft minimum over the
/// rows of the sample. The costs of a row lie about `far` above the lowest.
fn from_sample(
    search: &Search<Scan>,
    a: &[f32],
    b: &[f32],
    far: f64,
    effort: &mut Effort,
) -> (Vec<f64>, Option<Status>) {
    let (rows, columns) = (evenly(a.len(), SAMPLE), evenly(b.len(), SAMPLE));
    let pick = |w: &[f32], places: &[u32]| places.iter().map(|&k| w[k as usize]).collect::<Vec<f32>>();
    let (some_a, some_b) = (pick(a, &rows), pick(b, &columns));
    let mut sample = search.rows.part(&rows, &columns).remembering();
    let (mut u, mut v) = (vec![0.0; rows.len()], vec![0.0; columns.len()]);
    let last = SEEN * spacing(&sample, &v).0.max(1e-3 * far);
    for eps in geometric(0.25 * far, last, SAMPLE_SWEEPS) {
        if let Some(status) = stop(effort) {
            return (vec![0.0; b.len()], Some(status));
        }
        u = sample.sweep(&some_a, &some_b, &mut v, eps);
    }
    (search.columns.part(&evenly(b.len(), b.len()), &rows).sweep(b, &some_a, &mut u, last), None)
}

/// So many places of `0..count`, evenly spread; all where there are no more.
fn evenly(count: usize, most: usize) -> Vec<u32> {
    let most = most.min(count);
    (0..most).map(|k| (k * count / most) as u32).collect()
}

fn stop(effort: &mut Effort) -> Option<Status> {
    effort.watch.check(effort.pivots, || (f64::INFINITY, f64::NEG_INFINITY))
}

/// From `first` to `last` by equal ratios.
fn geometric(first: f64, last: f64, count: usize) -> impl Iterator<Item = f64> {
    let ratio = (last.min(first) / first).powf(1.0 / (count - 1) as f64);
    (0..count).map(move |k| first * ratio.powi(k as i32))
}

/// In some rows, how far the eighth lowest value `c - v` lies above the lowest, and the mean one: the medians.
fn spacing(finder: &Scan, v: &[f64]) -> (f64, f64) {
    const ROWS: usize = 64;
    let (n, m) = finder.shape();
    let (rows, columns) = (evenly(n, ROWS), evenly(m, 4 * ROWS));
    let mut part = finder.part(&rows, &evenly(m, m));
    part.set_potentials(v);
    let found = part.lowest(8, None, |row, found: &[Found], out: &mut Vec<(f64, f64)>| {
        let value = |j: u32| part.cost(row, j as usize) - v[j as usize];
        let mean = columns.iter().map(|&j| value(j)).sum::<f64>() / columns.len() as f64;
        out.push((found[found.len() - 1].value - found[0].value, mean - found[0].value));
    });
    // where many costs are equal, the eighth lowest value may be the lowest
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let (near, far): (Vec<f64>, Vec<f64>) = found.concat().into_iter().unzip();
    let (near, far) = (median(near), median(far));
    (near.max(1e-3 * far), far)
}
