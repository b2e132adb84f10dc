//! Which scores, and how: the options that make a scorecard.

use crate::solving::MAX_REPETITIONS;
use crate::{input, names};
use anyhow::{Result, bail};
use clap::Args;
use fenchel::score::kernel::Kernel;
use fenchel::score::subsets::Subsets;
use fenchel::score::vendi::Similarity;
use fenchel::score::{Compat, Metric, Permutations, Scorecard};

/// Relabellings of a column, unless the user says how many.
const TABLES: usize = 9999;

/// What is asked of columns, and not of rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Each column by itself.
    Columns,
    /// How the columns hang together.
    Associations,
}

impl Asked {
    fn of(word: &str) -> Option<Self> {
        match &*word.to_lowercase().replace('-', "_") {
            "ks" | "kolmogorov_smirnov" | "tv" | "tvd" | "total_variation" | "jsd" | "js" | "column" | "columns" => {
                Some(Self::Columns)
            }
            "association" | "associations" | "correlation" | "correlations" => Some(Self::Associations),
            _ => None,
        }
    }
}

/// Subsets that may be asked for.
const MOST_SUBSETS: usize = 100_000;

/// The options.
#[derive(Args)]
pub struct Card {
    /// Names, separated by commas or blanks, or `all`; names of other programs (fid, prdc, mmd2) are understood. `columns` (or ks, tv, jsd)
    /// compares every column by itself, and `associations` how they hang together
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "all")]
    metrics: Vec<String>,
    /// The neighbour that balls reach to, for precision, recall, density and coverage; also that of kl_knn [default: 5]
    #[arg(long, value_name = "K")]
    k: Option<usize>,
    /// The kernel of mmd: gaussian, laplace, or polynomial:DEGREE:OFFSET (kid is polynomial:3:1) [default: gaussian]
    #[arg(long, value_name = "NAME", value_parser = kernel)]
    kernel: Option<Kernel>,
    /// Bandwidths of that kernel, in the unit of the columns, separated by commas; of several the kernel is the mean
    /// [default: the median distance of the pooled samples]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = bandwidth)]
    bandwidth: Vec<f64>,
    /// The similarity of rows in vendi: cosine, as in its paper, or gaussian, at the median distance of the real sample
    #[arg(long, value_name = "NAME", default_value_t, value_parser = similarity)]
    vendi_kernel: Similarity,
    /// The order of vendi, a positive number or inf: large ones count what is common, small ones what is rare
    #[arg(long, value_name = "ORDER", default_value_t = 1.0, value_parser = order)]
    q: f64,
    /// Follow the conventions of another program: torch-fidelity, clean-fid, pytorch-fid, prdc, scipy or vendi-score
    #[arg(long, value_name = "NAME")]
    compat: Option<String>,
    /// Take kid over so many random subsets of so many rows [default: all pairs of rows; with torch-fidelity and clean-fid 100x1000]
    #[arg(long, value_name = "COUNTxROWS", value_parser = subsets)]
    kid_subsets: Option<Subsets>,
    /// The most relabellings of a score, which make baselines and p-values; 0 for neither, nor intervals of biased scores [default: 500,
    /// or 99 where a score of all pairs has many rows; scores that are computed anew have at most 99, as few as 5 where one takes long, and
    /// below 19 no p-value]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=MAX_REPETITIONS))]
    permutations: Option<u64>,
    /// Leave out the baselines that take as long as the score, several times over, with their p-values and the intervals of biased scores
    #[arg(long)]
    no_baseline: bool,
}

impl Card {
    /// The metrics that were asked for by name; none for all that the samples allow.
    pub fn metrics(&self) -> fenchel::Result<Option<Vec<Metric>>> {
        let words: Vec<String> = self.words().filter(|word| Asked::of(word).is_none()).flat_map(in_full).collect();
        input::chosen(&words, str::parse)
    }

    /// The tables of columns that were asked for by name.
    pub fn tables(&self) -> Vec<Asked> {
        self.words().filter_map(Asked::of).collect()
    }

    /// Random relabellings of the tables of columns.
    pub fn relabellings(&self, seed: u64) -> Permutations {
        Permutations::new(self.permutations.map_or(TABLES, |count| count as usize), seed)
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.metrics.iter().flat_map(|list| list.split_whitespace())
    }

    /// The scorecard for these metrics.
    pub fn scorecard(&self, metrics: Option<&[Metric]>, seed: u64) -> Result<Scorecard> {
        let mut kernel = self.kernel.clone().unwrap_or_default();
        if !self.bandwidth.is_empty() {
            if matches!(kernel, Kernel::Polynomial { .. }) {
                bail!("--bandwidth is for the kernels gaussian and laplace; {kernel} has none");
            }
            kernel = kernel.bandwidths(&self.bandwidth);
        }
        let mut card = Scorecard::new()
            .baseline(!self.no_baseline)
            .seed(seed)
            .kernel(kernel)
            .similarity(self.vendi_kernel)
            .order(self.q);
        if let Some(permutations) = self.permutations {
            card = card.permutations(permutations as usize);
        }
        if let Some(k) = self.k {
            card = card.k(k);
        }
        if let Some(subsets) = self.kid_subsets {
            card = card.subsets(subsets);
        }
        if let Some(program) = &self.compat {
            let compat: Compat = names::parse(program, str::parse)?;
            card = card.compat(compat);
        }
        Ok(match metrics {
            Some(metrics) => card.metrics(metrics),
            None => card,
        })
    }
}

/// A name, or the names that another program's name for several scores stands for.
fn in_full(word: &str) -> Vec<String> {
    let several: &[&str] = match word.to_lowercase().as_str() {
        "prdc" => &["precision", "recall", "density", "coverage"],
        "mmd2" => &["mmd"],
        _ => return vec![word.to_owned()],
    };
    several.iter().map(|name| (*name).to_owned()).collect()
}

fn kernel(text: &str) -> std::result::Result<Kernel, String> {
    names::parse(text, str::parse).map_err(|error| error.to_string())
}

fn similarity(text: &str) -> std::result::Result<Similarity, String> {
    names::parse(text, str::parse).map_err(|error| error.to_string())
}

fn subsets(text: &str) -> std::result::Result<Subsets, String> {
    let numbers = text.split_once(['x', 'X', '×']);
    let numbers = numbers.and_then(|(count, rows)| Some((count.trim().parse().ok()?, rows.trim().parse().ok()?)));
    let numbers = numbers.filter(|(count, rows)| (1..=MOST_SUBSETS).contains(count) && *rows >= 2);
    let (count, rows) = numbers.ok_or_else(|| {
        format!("expected COUNTxROWS, such as 100x1000; at most {MOST_SUBSETS} subsets, of two rows or more")
    })?;
    Ok(Subsets::new(count, rows))
}

fn order(text: &str) -> std::result::Result<f64, String> {
    let order = text.trim().parse().ok().filter(|order: &f64| *order > 0.0);
    order.ok_or_else(|| "expected a positive number, or inf".to_owned())
}

fn bandwidth(text: &str) -> std::result::Result<f64, String> {
    let width = text.trim().parse().ok().filter(|width: &f64| width.is_finite() && *width > 0.0);
    width.ok_or_else(|| "expected positive numbers, in the unit of the columns".to_owned())
}
