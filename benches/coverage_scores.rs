//! How often do the intervals of the scores hold the value of the laws?
//!
//! `cargo bench --bench coverage_scores` draws every pair of laws below again and again, asks every score for its 90 %
//! interval, and writes the counts to `benches/coverage_scores.md`. Words after `--` choose rows: only rows whose law, score or
//! sizes (`d=10`, `n=200`) have all of the words are counted again. `--replications N` sets the number of repetitions (200).

use fenchel::certificate::Estimate;
use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::score::kernel::{Bandwidth, Kernel, kid, mmd};
use fenchel::score::transport::{sinkhorn_divergence, sliced_w2, w1, w2};
use fenchel::score::{Pair, Permutations, energy::energy, frechet::frechet};
use fenchel::transport::Sliced;
use ndarray::Array2;
use rand::Rng;
use rand_distr::{ChiSquared, Distribution, StandardNormal};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::time::Instant;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/coverage_scores.md");
const HEADING: &str = "| laws | score | d | n = m | true | value | middle of interval | length | covered | above | below |\n\
     |---|---|---|---|---|---|---|---|---|---|---|\n";
const SIZES: [(usize, usize); 6] = [(1, 200), (1, 1000), (10, 200), (10, 1000), (64, 200), (64, 1000)];
/// Relabellings: fewer than those of the default; of scores that take long, at 1000 rows, as few as they ever make.
const PERMUTATIONS: usize = 30;
const FEW: (usize, [&str; 2]) = (5, ["w1", "w2"]);

/// Two laws around the origin, the second a scaled and shifted copy of the first.
#[derive(Clone, Copy)]
struct Laws {
    name: &'static str,
    /// Of the second law: its scale, and the length of its shift along the first column.
    scale: f64,
    shift: f64,
    /// Degrees of freedom of Student's t; none for a Gaussian law.
    freedom: Option<f64>,
    /// The share of the columns that vary; the others are copies of these.
    rank: f64,
}

const LAWS: [Laws; 5] = [
    Laws { name: "equal", scale: 1.0, shift: 0.0, freedom: None, rank: 1.0 },
    Laws { name: "shifted by 1", scale: 1.0, shift: 1.0, freedom: None, rank: 1.0 },
    Laws { name: "scaled by 1.5", scale: 1.5, shift: 0.0, freedom: None, rank: 1.0 },
    Laws { name: "t of 6, scaled by 1.2", scale: 1.2, shift: 0.0, freedom: Some(6.0), rank: 1.0 },
    Laws { name: "rank d/5, shifted by 1", scale: 1.0, shift: 1.0, freedom: None, rank: 0.2 },
];

impl Laws {
    fn variance(&self) -> f64 {
        self.freedom.map_or(1.0, |f| f / (f - 2.0))
    }

    fn rank(&self, d: usize) -> usize {
        ((self.rank * d as f64) as usize).max(1)
    }

    fn draw(&self, second: bool, n: usize, d: usize, rng: &mut impl Rng) -> Empirical {
        let rank = self.rank(d);
        let mut points = Array2::zeros((n, d));
        for mut row in points.rows_mut() {
            let heavy = self.freedom.map_or(1.0, |f| {
                let chi: f64 = ChiSquared::new(f).expect("degrees of freedom").sample(rng);
                (f / chi).sqrt()
            });
            for j in 0..d {
                let z: f64 = StandardNormal.sample(rng);
                row[j] = if j < rank { heavy * z } else { 0.0 };
            }
            if second {
                row.mapv_inplace(|x| self.scale * x);
                row[0] += self.shift;
            }
        }
        Empirical::new(points).expect("a sample")
    }

    fn pair(&self, n: usize, d: usize, seed: u64, task: u64) -> (Empirical, Empirical) {
        (self.draw(false, n, d, &mut stream(seed, 2 * task)), self.draw(true, n, d, &mut stream(seed, 2 * task + 1)))
    }

    /// The score of the laws, where it is known: in closed form, or from a sample so large that its own error does not show.
    fn truth(&self, score: &str, d: usize, seed: u64) -> Option<f64> {
        let (s, rank, v) = (self.scale - 1.0, self.rank(d) as f64, self.variance());
        let squared = self.shift * self.shift + s * s * rank * v;
        let large = |rows: usize, of: &dyn Fn(&Empirical, &Empirical) -> f64| {
            let (x, y) = self.pair(rows, d, seed, 1 << 40);
            Some(of(&x, &y))
        };
        let unbiased = |kernel: fn(&Pair<'_>, Permutations) -> fenchel::Result<Estimate>| {
            large(12_000, &move |x, y| {
                kernel(&Pair::new(x, y).expect("a pair"), Permutations::none()).expect("a score").value
            })
        };
        match score {
            "frechet" => Some(squared),
            "w2" => Some(squared.sqrt()),
            // a shift moves every point as far; a scale moves along rays from the origin, which is optimal
            "w1" if s == 0.0 => Some(self.shift),
            "w1" => large(1_000_000, &|x, _| {
                let points = x.points();
                s * points.rows().into_iter().map(|row| row.dot(&row).sqrt()).sum::<f64>() / x.len() as f64
            }),
            // along a direction u the squared distance is (u·shift)² + s² |projection of u|² v, for the directions of the score
            "sliced_w2" => Some(sliced(self, d)),
            "energy" if squared == 0.0 => Some(0.0),
            "energy" => large(12_000, &|x, y| {
                let found = energy(&Pair::new(x, y).expect("a pair"), Permutations::none()).expect("a score");
                found.interval.map_or(0.0, |(low, high)| (low + high) / 2.0)
            }),
            "kid" | "mmd" if squared == 0.0 => Some(0.0),
            "kid" => unbiased(kid),
            "mmd" => unbiased(fixed_mmd),
            // the plans of heavy tails are not known
            "sinkhorn_divergence" => self.freedom.is_none().then(|| self.entropic(d)),
            _ => None,
        }
    }

    /// The Sinkhorn divergence of two Gaussian laws (Janati et al., arXiv 2006.02572), at a tenth of the mean squared distance within the first. A shift
    /// adds its square, and leaves the plans as they are.
    fn entropic(&self, d: usize) -> f64 {
        let rank = self.rank(d) as f64;
        let half_eps = 0.1 * rank * self.variance();
        let cost = |a: f64, b: f64| {
            let root = (4.0 * a * b + half_eps * half_eps).sqrt();
            half_eps * (root + half_eps).ln() - root
        };
        let (a, b) = (self.variance(), self.variance() * self.scale * self.scale);
        self.shift * self.shift + rank * (cost(a, b) - (cost(a, a) + cost(b, b)) / 2.0)
    }
}

/// The sliced distance of the laws over the very directions that the score draws, which are part of its definition for a seed.
fn sliced(laws: &Laws, d: usize) -> f64 {
    // points whose projections have the quantile functions of the laws: a shift and a scale are seen by two atoms
    let two = |scale: f64, shift: f64, j: usize| {
        let at = |sign: f64| {
            (0..d).map(move |k| sign * scale * f64::from(u8::from(k == j)) + if k == 0 { shift } else { 0.0 })
        };
        Array2::from_shape_vec((2, d), at(1.0).chain(at(-1.0)).collect()).expect("two points")
    };
    let law = |points: Array2<f64>| Empirical::new(points).expect("a sample");
    let solve =
        |x: &Empirical, y: &Empirical| Sliced::new(200).seed(0).solve(x, y, 2.0).expect("a distance").value.powi(2);
    let shift = if laws.shift > 0.0 { solve(&law(two(0.0, 0.0, 0)), &law(two(0.0, laws.shift, 0))) } else { 0.0 };
    let s = laws.scale - 1.0;
    let scale: f64 = if s > 0.0 {
        (0..laws.rank(d)).map(|j| solve(&law(two(1.0, 0.0, j)), &law(two(1.0 + s, 0.0, j)))).sum()
    } else {
        0.0
    };
    (shift + scale * laws.variance()).sqrt()
}

/// A bandwidth that is the same for all samples, so that there is one truth.
fn fixed_mmd(pair: &Pair<'_>, test: Permutations) -> fenchel::Result<Estimate> {
    mmd(pair, &Kernel::Gaussian(Bandwidth::Given(vec![(2.0 * pair.sizes().2 as f64).sqrt()])), test)
}

type Score = fn(&Pair<'_>, Permutations) -> fenchel::Result<Estimate>;
const SCORES: [(&str, Score); 8] = [
    ("frechet", frechet),
    ("energy", energy),
    ("kid", kid),
    ("mmd", fixed_mmd),
    ("w1", w1),
    ("w2", w2),
    ("sliced_w2", sliced_w2),
    ("sinkhorn_divergence", sinkhorn_divergence),
];

/// FNV-1a: every row has draws of its own.
fn seed_of(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A value and its interval.
type Seen = (f64, (f64, f64));

fn row(
    laws: &Laws,
    (name, score): (&str, Score),
    (d, n): (usize, usize),
    truth: f64,
    reps: usize,
    key: &str,
) -> String {
    let seed = seed_of(key);
    let relabellings = if n >= 1000 && d > 1 && FEW.1.contains(&name) { FEW.0 } else { PERMUTATIONS };
    let one = |task: u64| {
        let (x, y) = laws.pair(n, d, seed, task);
        let found = score(&Pair::new(&x, &y).expect("a pair"), Permutations::new(relabellings, 0)).expect("a score");
        (found.value, found.interval.expect("an interval"))
    };
    let found: Vec<Seen> = (0..reps as u64).into_par_iter().map(one).collect();
    let count = reps as f64;
    let mean = |of: &dyn Fn(&Seen) -> f64| found.iter().map(of).sum::<f64>() / count;
    let share = |of: &dyn Fn(f64, f64) -> bool| mean(&|(_, (low, high))| f64::from(u8::from(of(*low, *high))));
    let slack = 1e-12 * truth.abs().max(1.0);
    format!(
        "| {} | {name} | {d} | {n} | {truth:.4} | {:.4} | {:.4} | {:.4} | {:.0} % | {:.0} % | {:.0} % |\n",
        laws.name,
        mean(&|f| f.0),
        mean(&|f| f.1.0.midpoint(f.1.1)),
        mean(&|f| f.1.1 - f.1.0),
        100.0 * share(&|low, high| low <= truth + slack && truth <= high + slack),
        100.0 * share(&|low, _| low > truth + slack),
        100.0 * share(&|_, high| high < truth - slack),
    )
}

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--bench")).collect();
    let mut reps = 200;
    if let Some(at) = words.iter().position(|word| word == "--replications") {
        reps = words.get(at + 1).and_then(|n| n.parse().ok()).expect("--replications N");
        words.drain(at..at + 2);
    }
    let text = std::fs::read_to_string(FILE).unwrap_or_default();
    let key_of = |line: &str| line.split(" | ").take(4).collect::<Vec<_>>().join(" | ");
    let mut rows: BTreeMap<String, String> = text
        .lines()
        .filter(|l| l.starts_with("| ") && !l.starts_with("| laws"))
        .map(|l| (key_of(l), format!("{l}\n")))
        .collect();
    let mut order = Vec::new();
    for laws in &LAWS {
        for (name, score) in SCORES {
            for (d, n) in SIZES {
                let key = format!("| {} | {name} | {d} | {n}", laws.name);
                order.push(key.clone());
                let sizes = [format!("d={d}"), format!("n={n}")];
                let chosen = |word: &String| laws.name.contains(word.as_str()) || name == word || sizes.contains(word);
                if !words.iter().all(chosen) {
                    continue;
                }
                let Some(truth) = laws.truth(name, d, seed_of(&key)) else { continue };
                let start = Instant::now();
                let line = row(laws, (name, score), (d, n), truth, reps, &key);
                eprintln!("{:6.1} s  {}", start.elapsed().as_secs_f64(), line.trim_end());
                rows.insert(key, line);
                write(&order, &rows);
            }
        }
    }
    write(&order, &rows);
}

fn write(order: &[String], rows: &BTreeMap<String, String>) {
    let mut text = format!(
        "# Coverage of the 90 % intervals of the scores\n\n\
         Written by `cargo bench --bench coverage_scores`: 200 pairs of samples a row, drawn for that row, so a share of 90 % has a standard\n\
         error of 2.1 points. *True* is the value of the laws, in closed form or from 12,000 to a million rows. *Value* is the mean of what samples score,\n\
         bias included. *Above* and *below* say on which side the interval missed. Intervals of distances cannot go below 0, so where the\n\
         laws are equal they can miss on one side only and cover more often than 90 %. Those of `w1` and `w2` bound the bias, and mostly cover more often.\n\
         The interval of `frechet` is that of `frechet_infinity`, cut at 0. The truth of `sliced_w2` is that of the directions that it draws, and their own\n\
         error is in its interval. The value of `sinkhorn_divergence` is not known for heavy tails, which have no row.\n\n{HEADING}"
    );
    let known = order.iter().filter_map(|key| rows.get(key));
    known.for_each(|row| text.push_str(row));
    // rows that were not reached in this run
    rows.iter().filter(|(key, _)| !order.contains(key)).for_each(|(_, row)| text.push_str(row));
    std::fs::write(FILE, text).expect("benches/coverage_scores.md can be written");
}
