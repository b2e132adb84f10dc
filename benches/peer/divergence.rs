//! Divergences of two pmfs, and of all pairs of rows of two tables.

use crate::options::{Options, number};
use fenchel::Result;
use fenchel::divergence::{FDivergence, Kind, f_divergence_masses, pairwise};
use fenchel::measure::Pmf;
use ndarray::{ArrayView1, Axis};
use rayon::prelude::*;
use serde_json::{Value, json};

/// `--p --q --kind NAME [--truth FILE]`: the time, and with it the time of a plain sum over the two arrays, the least
/// that memory allows. Also the largest relative error of the divergence over the consecutive parts whose values are in
/// the file.
pub fn discrete(options: &Options) -> Result<Value> {
    let pmf = |key| -> Result<_> { Pmf::new(options.vector(key)?.expect("a file")) };
    let (p, q) = (pmf("p")?, pmf("q")?);
    let kind: Kind = options.text("kind").expect("a name").parse()?;
    let (found, seconds) = options.time(|| kind.evaluate(&p, &q))?;
    let (_, floor) = options.time(|| Ok(plain_sum(p.masses(), q.masses())))?;
    let per_entry = 1e9 / p.len() as f64;
    let mut error = None;
    if let (Some(truth), Kind::F(f)) = (options.vector("truth")?, kind) {
        // parts are no laws; for Kullback-Leibler take the generator whose parts are divergences by themselves
        let f = if f == FDivergence::Kl { FDivergence::KlSelfNormalised } else { f };
        let part = p.len() / truth.len();
        let parts = p.masses().chunks_exact(part).zip(q.masses().chunks_exact(part)).zip(&truth);
        let mut worst = 0.0f64;
        for ((p, q), truth) in parts {
            worst = worst.max((f_divergence_masses(&f, p, q)?.value / truth - 1.0).abs());
        }
        error = Some(worst);
    }
    let mut answer = number(seconds, found.value);
    answer["gap"] = json!(found.gap());
    answer["error"] = json!(error);
    answer["ns"] = json!(seconds * per_entry);
    answer["floor_ns"] = json!(floor * per_entry);
    Ok(answer)
}

fn plain_sum(p: &[f64], q: &[f64]) -> f64 {
    let mut lanes = [0.0; 16];
    for (p, q) in p.chunks_exact(16).zip(q.chunks_exact(16)) {
        for ((lane, p), q) in lanes.iter_mut().zip(p).zip(q) {
            *lane += p + q;
        }
    }
    lanes.iter().sum()
}

/// `--p --q --kind NAME [--truth FILE]`: the mean of the matrix, and the time of plain sums over all pairs of rows. The
/// truth is that of its first row.
pub fn all_pairs(options: &Options) -> Result<Value> {
    let (p, q) = (options.table("p")?, options.table("q")?);
    let kind: Kind = options.text("kind").expect("a name").parse()?;
    let (found, seconds) = options.time(|| pairwise(p.view(), q.view(), kind))?;
    let error = options.vector("truth")?.map(|truth| {
        found.value.row(0).iter().zip(&truth).map(|(value, truth)| (value / truth - 1.0).abs()).fold(0.0, f64::max)
    });
    let sum_of_pairs = |p: ArrayView1<'_, f64>| -> f64 {
        let p = p.as_slice().expect("rows in a piece");
        q.rows().into_iter().map(|q| plain_sum(p, q.as_slice().expect("rows in a piece"))).sum()
    };
    let (_, floor) = options.time(|| Ok(p.axis_iter(Axis(0)).into_par_iter().map(sum_of_pairs).sum::<f64>()))?;
    let per_entry = 1e9 / (p.nrows() * q.len()) as f64;
    Ok(json!({
        "seconds": seconds,
        "value": found.value.mean(),
        "gap": found.gap(),
        "error": error,
        "ns": seconds * per_entry,
        "floor_ns": floor * per_entry,
    }))
}
