//! `fenchel divergence`: two pmfs, or every row of one table against every row of another.

use crate::input::File;
use crate::output::{Answer, Output, Table, significant};
use crate::{input, places};
use anyhow::{Result, bail};
use clap::Args;
use fenchel::certificate::Certified;
use fenchel::divergence::{FDivergence, Kind, pairwise};
use fenchel::record::json::Number;
use fenchel::record::{ensure_writable, write_atomic};
use fenchel::{Error, io};
use ndarray::Array2;
use serde::Serialize;
use std::f64::consts::LN_2;
use std::path::PathBuf;

/// Divergences between two laws on finitely many bins, each with the dual value that proves it
///
/// P and Q hold one non-negative number a bin, in one row or one column, and sum to one. The value is `sum q f(p/q)`
/// with its exact limits where a mass is zero. The dual is `E_p[T] - E_q[f*(T)]` at the optimal T, a lower bound by the
/// Fenchel-Young inequality. The gap between the two is rounding error.
///
/// With --pairwise the files are tables, each row a law: every row of P against every row of Q.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Divergence {
    /// File with the first law, one number a bin
    p: File,
    /// File with the second law
    q: File,
    /// Names, separated by commas, or `all`; a parameter follows a colon [default: all; with --pairwise, jsd]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    kind: Vec<String>,
    /// Each row of P and of Q is a law: all rows of P against all rows of Q
    #[arg(long)]
    pairwise: bool,
    /// Write the matrix of --pairwise, one row for each row of P: .csv or .npy; for one kind
    #[arg(long, value_name = "FILE", requires = "pairwise")]
    out: Option<PathBuf>,
    /// Give amounts of information in bits (otherwise nats)
    #[arg(long)]
    bits: bool,
    /// Divide the numbers of each law by their total: counts become frequencies
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
  fenchel divergence a.npy b.npy --pairwise --out jsd.csv      every row of A against every row of B
  fenchel divergence a.csv a.csv --pairwise --kind hellinger2 --json
  cat counts.txt | fenchel divergence - q.csv --format txt --normalize
  fenchel divergence p.npy laws.npz:q --json | jq '.results[] | select(.name==\"kl\").value'

Names: kl reverse_kl jeffreys jsd js_weighted[:w] pearson neyman hellinger2 tv le_cam alpha[:a] renyi[:a] \
tsallis[:a] k_divergence arithmetic_geometric hockey_stick[:g] gan bhattacharyya.
Also in any case and by other names: js, hellinger, chi2, total_variation, ... \
jsd has the two halves (at most ln 2), hellinger2 is 1 - sum sqrt(pq), tv is \
half the L1 distance.";

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

#[derive(Serialize)]
struct Matrices {
    results: Vec<Matrix>,
}

/// Entry `[i][j]` is of row i of P and row j of Q; the gap is the largest.
#[derive(Serialize)]
struct Matrix {
    name: String,
    value: Vec<Vec<Number>>,
    dual: Vec<Vec<Number>>,
    gap: Number,
    unit: &'static str,
}

impl Divergence {
    pub fn run(&self, output: &Output) -> Result<Answer> {
        places::distinct([&self.p, &self.q], &[("--out", self.out.as_ref())])?;
        let kinds = self.kinds()?;
        if self.pairwise {
            return self.all_pairs(&kinds, output);
        }
        let [p, q] = input::two_pmfs([&self.p, &self.q], self.normalize)?;
        if p.len() != q.len() {
            let (left, right) = (self.p.to_string(), self.q.to_string());
            return Err(Error::size_mismatch((left, p.len()), (right, q.len()), "bins").into());
        }
        let mut results = Vec::new();
        for kind in kinds {
            let (scale, unit) = self.unit(kind);
            let Certified { value, dual, .. } = kind.evaluate(&p, &q)?;
            let found = Certified::new(value / scale, dual / scale);
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

    fn all_pairs(&self, kinds: &[Kind], output: &Output) -> Result<Answer> {
        let format = self.check_out(kinds)?;
        let [p, q] = input::two_tables_of_pmfs([&self.p, &self.q], self.normalize)?;
        let mut results = Vec::new();
        let mut text = String::new();
        let mut written = Ok(());
        for &kind in kinds {
            let (scale, unit) = self.unit(kind);
            let found = pairwise(p.view(), q.view(), kind);
            let mut found = found.map_err(|error| input::about(error, &[("p", &self.p), ("q", &self.q)]))?;
            found.value /= scale;
            found.dual /= scale;
            if let (Some(path), Some(format)) = (&self.out, format) {
                let columns: Vec<String> = (0..q.nrows()).map(|j| format!("row {j}")).collect();
                let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
                let bytes = match format {
                    "npy" => io::to_npy(found.value.view()),
                    _ => io::to_csv(&columns, found.value.view()),
                };
                written = write_atomic(path, &bytes);
            }
            let gap = found.gap();
            text += &matrix_text(&kind, unit, &found.value, gap, output);
            let numbers = |matrix: &Array2<f64>| {
                matrix.rows().into_iter().map(|row| row.iter().copied().map(Number).collect()).collect()
            };
            let (value, dual) = (numbers(&found.value), numbers(&found.dual));
            results.push(Matrix { name: kind.to_string(), value, dual, gap: Number(gap), unit });
        }
        if let (Some(path), Ok(())) = (&self.out, &written) {
            text += &format!("written to {}\n", path.display());
        }
        let answer = Answer::new(text, &Matrices { results });
        Ok(answer.despite(written, "the divergences were computed, they could not be written"))
    }

    /// Checked before the work: one matrix, in a known format, in a place that can be written.
    fn check_out(&self, kinds: &[Kind]) -> Result<Option<&'static str>> {
        let Some(path) = &self.out else { return Ok(None) };
        let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        let Some(format) = ["csv", "npy"].into_iter().find(|known| extension.as_deref() == Some(known)) else {
            bail!("--out {}: expected a name ending in .csv or .npy", path.display());
        };
        if kinds.len() != 1 {
            bail!("--out holds the matrix of one divergence, --kind names {}; --json prints all of them", kinds.len());
        }
        ensure_writable(path)?;
        Ok(Some(format))
    }

    /// The divisor of the value in nats, and the unit of the quotient.
    fn unit(&self, kind: Kind) -> (f64, &'static str) {
        match (kind.is_information(), self.bits) {
            (false, _) => (1.0, "1"),
            (true, false) => (1.0, "nats"),
            (true, true) => (LN_2, "bits"),
        }
    }

    fn kinds(&self) -> fenchel::Result<Vec<Kind>> {
        if self.kind.is_empty() {
            return Ok(if self.pairwise { vec![Kind::F(FDivergence::Jsd)] } else { Kind::all() });
        }
        input::kinds(&self.kind)
    }
}

/// Rows and columns up to which a matrix is printed whole.
const WHOLE: usize = 8;

fn matrix_text(kind: &Kind, unit: &str, matrix: &Array2<f64>, gap: f64, output: &Output) -> String {
    let (rows, columns) = matrix.dim();
    let range = matrix.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)));
    let unit = if unit == "1" { String::new() } else { format!(" {unit}") };
    let mut text = output.strong(&kind.to_string());
    text += &format!(
        ": {rows} x {columns}, from {} to {}{unit}, largest gap {}\n",
        significant(range.0, 6),
        significant(range.1, 6),
        significant(gap, 2)
    );
    if rows > WHOLE || columns > WHOLE {
        return text;
    }
    let headings: Vec<String> =
        std::iter::once("row".to_owned()).chain((0..columns).map(|j| format!(">{j}"))).collect();
    let mut table = Table::new(&headings.iter().map(String::as_str).collect::<Vec<_>>());
    for (i, row) in matrix.rows().into_iter().enumerate() {
        table.row(std::iter::once(i.to_string()).chain(row.iter().map(|&x| significant(x, 6))));
    }
    text + &table.render(output)
}
