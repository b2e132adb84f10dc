//! `fenchel divergence`: two pmfs.

use crate::input;
use crate::output::{Answer, Output, Table, significant};
use anyhow::Result;
use clap::Args;
use fenchel::Error;
use fenchel::divergence::Kind;
use fenchel::record::json::Number;
use serde::Serialize;
use std::f64::consts::LN_2;

/// Divergences between two laws on finitely many bins, each with the dual value that proves it
///
/// P and Q hold one non-negative number a bin, in one row or one column, and sum to one. The value is `sum q f(p/q)` with
/// its exact limits where a mass is zero; the dual is `E_p[T] - E_q[f*(T)]` at the optimal T, a lower bound by the
/// Fenchel-Young inequality. The gap between the two is what remains to be believed: rounding.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Divergence {
    /// File with the first law, one number a bin
    p: String,
    /// File with the second law
    q: String,
    /// Names, separated by commas, or `all`; a parameter follows a colon
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "all")]
    kind: Vec<String>,
    /// Tell amounts of information in bits (otherwise nats)
    #[arg(long)]
    bits: bool,
    /// Divide the numbers of each file by their total: counts become frequencies
    #[arg(long)]
    normalize: bool,
}

const AFTER_HELP: &str = "\
Examples:
  printf '0.5,0.25,0.25\\n' > p.csv; printf '0.25,0.25,0.5\\n' > q.csv
  fenchel divergence p.csv q.csv --kind kl,jsd,tv
  fenchel divergence p.csv q.csv --kind kl --bits              in bits
  fenchel divergence p.csv q.csv --kind renyi:3,alpha:0.3      parameters after a colon
  fenchel divergence counts_a.txt counts_b.txt --normalize     counts, not probabilities
  fenchel divergence p.npy laws.npz:q --json | jq '.results[] | select(.name==\"kl\").value'

Names: kl reverse_kl jeffreys jsd js_weighted[:w] pearson neyman hellinger2 tv le_cam alpha[:a] renyi[:a]
tsallis[:a] k_divergence arithmetic_geometric hockey_stick[:g] gan bhattacharyya.
jsd has the two halves (at most ln 2), hellinger2 is 1 - sum sqrt(pq), tv is half the L1 distance.";

#[derive(Serialize)]
struct Json {
    results: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    value: Number,
    dual: Number,
    gap: Number,
    unit: &'static str,
}

impl Divergence {
    pub fn run(&self, output: &Output) -> Result<Answer> {
        let kinds = self.kinds()?;
        let (p, q) = (input::pmf(&self.p, self.normalize)?, input::pmf(&self.q, self.normalize)?);
        if p.len() != q.len() {
            let (left, right) = (self.p.clone(), self.q.clone());
            return Err(
                Error::SizeMismatch { left, left_size: p.len(), right, right_size: q.len(), unit: "bins" }.into()
            );
        }
        let mut results = Vec::new();
        for kind in kinds {
            let mut found = kind.evaluate(&p, &q)?;
            let unit = match (kind.is_information(), self.bits) {
                (false, _) => "1",
                (true, false) => "nats",
                (true, true) => {
                    found.value /= LN_2;
                    found.dual /= LN_2;
                    "bits"
                }
            };
            let (value, dual, gap) = (Number(found.value), Number(found.dual), Number(found.gap()));
            results.push(Row { name: kind.to_string(), value, dual, gap, unit });
        }
        let mut table = Table::new(&["divergence", ">value", ">dual", ">gap", "unit"]);
        for row in &results {
            let numbers = [(row.value, 12), (row.dual, 12), (row.gap, 2)].map(|(x, digits)| significant(x.0, digits));
            let [value, dual, gap] = numbers;
            table.row([row.name.clone(), value, dual, gap, if row.unit == "1" { "" } else { row.unit }.to_owned()]);
        }
        Ok(Answer::new(table.render(output), &Json { results }))
    }

    fn kinds(&self) -> fenchel::Result<Vec<Kind>> {
        let mut kinds = Vec::new();
        for name in &self.kind {
            match name.trim() {
                "all" => kinds.extend(Kind::all()),
                name => kinds.push(name.parse()?),
            }
        }
        Ok(kinds)
    }
}
