//! The divergence of two kernel density estimates.
//!
//! Each sample has Gaussian kernels in the shape of its own covariance, `h² S`, so the estimate does not change when
//! both samples go through one invertible affine map. A density is never asked at a point that made it: at its own
//! rows it is the one of the others. With the log-ratios `l = ln p/q` that this gives at the rows of both samples,
//!
//! - `KL = mean over x of l`, and a power mean `E_P[(p/q)^(a-1)]` the same way for orders `a > 1`, where `p/q` is taken for
//!   at most `m`: how far past the last of `m` rows a point lies says nothing of the law there, and would be all of the mean;
//! - any other divergence is the dual at `T = f'(e^l)`, `mean over x of T - mean over y of f*(T)`, where an error of `l`
//!   enters in second order only (the one-step estimator of Kandasamy et al., arXiv:1411.4342).
//!
//! Where `f` has a kink (`tv`, `hockey_stick`) `T` jumps, and what chose it must not judge it: at the rows of either half
//! of both samples `T` is the one of the other half.
//!
//! Smoothing biases it. One pass over the pairs gives the sums under kernels from a quarter to four times as wide too,
//! each for both halves of the sample, and these show by how much:
//!
//! - the means of the first kind are biased towards equal laws mostly, by about `h²`, or by `h` where a density jumps; the
//!   interval reaches farther by what is to be expected from how they change under kernels √2 and 2 times as wide;
//! - a dual is a lower bound whatever `T` is, so the greatest is taken of all widths and of `T = f'(e^(c l))` for `c`
//!   between 1/4 and 4, with `l` as it is and with none beyond what `n` and `m` rows can show. What it lacks yet is `a/(n h^d)` for the noise of `T` and `b h⁴` for what is smoothed away, and
//!   at the best width the latter is `d/4` times the former. Densities of half the rows double the noise, so the interval
//!   reaches farther up by `1 + d/4` times what they lose.
//!
//! Sources: B. W. Silverman, doi:10.1201/9781315140919; D. W. Scott, doi:10.1002/9780470316849.

use super::blocks::{most_rows, shuffled, thin};
use super::gaussian::root_of_full_rank;
use super::table::kink;
use crate::certificate::Estimate;
use crate::divergence::estimate::door::{Finding, left_out};
use crate::divergence::estimate::reduce::{Core, Reduced};
use crate::divergence::estimate::repeats::check_density;
use crate::divergence::estimate::{Estimator, LEVEL, prepared};
use crate::divergence::generator::Generator;
use crate::divergence::kind::Kind;
use crate::error::{Error, Result};
use crate::linalg;
use crate::measure::distance::{Clouds, for_blocks};
use crate::measure::{Empirical, Gaussian};
use crate::numeric::exp_clamped;
use crate::numeric::variance;
use multiversion::{multiversion, target::target_cfg_f};
use ndarray::{Array2, ArrayView2};
use std::f64::consts::{PI, SQRT_2};

/// Kernels of widths from `h/4` to `4h`, each √2 times the one before: one exponential gives all.
const SCALES: usize = 9;
/// The kernels of width `h`.
const GIVEN: usize = 4;
/// Columns up to which the intervals were counted.
const MOST_COLUMNS: usize = 10;
/// Seconds that one core takes for a pair of rows, and for each column of it.
const PAIR: f64 = 6e-9;
const PAIR_AND_COLUMN: f64 = 0.5e-9;
/// The least and the greatest multiple of the log-ratio that is tried.
const MULTIPLES: (f64, f64) = (0.25, 4.0);

/// How wide the kernels are, in units of the sample's own covariance. Where the value is a dual, this is only the middle of
/// the widths that are tried, but for a bandwidth that is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bandwidth {
    /// `h = (4/(n (d+2)))^(1/(d+4))`, best for a Gaussian law.
    Silverman,
    /// `h = n^(-1/(d+4))`.
    Scott,
    /// The `h` under which each row is likeliest given the others, between a twentieth and twice Silverman's.
    /// O(n² d) for each of two dozen tries.
    LeaveOneOut,
    /// This `h`.
    Fixed(f64),
}

/// Kernel densities, for every divergence. O((n + m)² d) time and O(n + m) memory, where no more than 20,000 rows of a
/// sample are taken, and of one far larger than the other no more than a hundred times as many: further ones would add
/// nothing that its error shows.
///
/// Needs `d + 2` rows of either sample, covariances of full rank and laws with a density. In more than 10 dimensions it
/// answers with a warning.
///
/// ```
/// use fenchel::divergence::estimate::{Bandwidth, Estimator, Kde};
/// use fenchel::measure::{Empirical, Gaussian};
/// use fenchel::numeric::stream;
/// let (p, q) = (Gaussian::univariate(0.0, 1.0)?, Gaussian::univariate(1.0, 1.0)?);
/// let x = Empirical::new(p.sample(500, &mut stream(0, 0))?)?;
/// let y = Empirical::new(q.sample(500, &mut stream(0, 1))?)?;
/// let tv = Kde::new().bandwidth(Bandwidth::Scott).estimate(&x, &y, "tv".parse()?)?;
/// assert!((tv.value - 0.3829).abs() < 3.0 * tv.std_error.unwrap()); // erf(1/sqrt 8)
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Kde {
    bandwidth: Bandwidth,
    level: f64,
}

impl Default for Kde {
    fn default() -> Self {
        Self::new()
    }
}

impl Kde {
    /// Silverman's bandwidth; intervals at 90 %.
    #[must_use]
    pub fn new() -> Self {
        Self { bandwidth: Bandwidth::Silverman, level: LEVEL }
    }

    /// How wide the kernels are.
    #[must_use]
    pub fn bandwidth(self, bandwidth: Bandwidth) -> Self {
        Self { bandwidth, ..self }
    }

    /// Nominal coverage of the interval.
    #[must_use]
    pub fn level(self, level: f64) -> Self {
        Self { level, ..self }
    }
}

impl Estimator for Kde {
    fn name(&self) -> &'static str {
        "kde"
    }

    fn supports(&self, kind: &Kind, _dimension: usize) -> bool {
        Reduced::new(kind).is_some()
    }

    fn estimate(&self, x: &Empirical, y: &Empirical, kind: Kind) -> Result<Estimate> {
        let columns = prepared(self, (x, y), &kind, |d| d + 2, self.level)?;
        let repeats = check_density(self.name(), &columns.x, &columns.y)?;
        let (most_x, most_y) = (most_rows(x.len(), y.len()), most_rows(y.len(), x.len()));
        let (few_x, few_y) = (thin(&columns.x, most_x)?, thin(&columns.y, most_y)?);
        let (x_rows, y_rows) = (few_x.as_ref().unwrap_or(&columns.x), few_y.as_ref().unwrap_or(&columns.y));
        let found = match kink(&kind) {
            Some(_) => self.find(&shuffled(x_rows)?, &shuffled(y_rows)?, &kind)?,
            None => self.find(x_rows, y_rows, &kind)?,
        };
        let thinned = [("x", x, few_x), ("y", y, few_y)].into_iter().filter_map(|(name, all, few)| {
            few.map(|few| format!("kernels of {} of the {} rows of {name}, drawn at random", few.len(), all.len()))
        });
        let found =
            found.warned(columns.left_out).warned(repeats).warned(thinned).warned(self.doubt(columns.x.dimension()));
        found.report((&kind, self.name()), self.level, (x, y))
    }

    fn doubt(&self, dimension: usize) -> Option<String> {
        (dimension > MOST_COLUMNS).then(|| {
            format!(
                "kernel densities in {dimension} columns are far from the truth at any ordinary number of rows, \
                 and so may their intervals be; they were counted in up to {MOST_COLUMNS}"
            )
        })
    }

    fn forecast(&self, n: usize, m: usize, dimension: usize) -> f64 {
        let rows = (most_rows(n, m).min(n) + most_rows(m, n).min(m)) as f64;
        let passes = if self.bandwidth == Bandwidth::LeaveOneOut { 25.0 } else { 1.0 };
        passes * rows * rows * (PAIR + PAIR_AND_COLUMN * dimension as f64)
    }
}

impl Kde {
    fn find(&self, x: &Empirical, y: &Empirical, kind: &Kind) -> Result<Finding> {
        let Some(reduced) = Reduced::new(kind) else { unreachable!("a kind that is supported has a functional") };
        let (p, q) = (Smooth::new(x, "x", self.bandwidth)?, Smooth::new(y, "y", self.bandwidth)?);
        let sums = Sums::new(&p, &q, x, y);
        let given = sums.ratios(GIVEN, None);
        let is_dual = match reduced.core {
            Core::Alpha(a) => a > 0.0 && a < 1.0,
            Core::Jeffreys => false,
            Core::JensenShannon(_) | Core::Other(_) => true,
        };
        let (found, how, smoothed_away) = if is_dual {
            let (best, lacks) = Dual::best(reduced.core, &sums);
            // where T jumps, rows that choose it flatter it: one half of them judges what the other says
            let kinked = kink(kind).is_some();
            let fixed = kinked || matches!(self.bandwidth, Bandwidth::Fixed(_));
            let found = match (kinked, fixed) {
                (true, _) => sums.across(GIVEN).functional(reduced.core, 1.0),
                (false, true) => given.functional(reduced.core, 1.0),
                (false, false) => best.found,
            };
            let how = format!(
                ", by the dual {:.3} times as wide and the {}log-ratio {:.3} times",
                p.width(best.scale) / p.h,
                if best.clamped { "clamped " } else { "" },
                best.multiple
            );
            let (value, reach) = (reduced.value(found.0), reduced.value(best.found.0 + lacks));
            let smoothed_away = if value.is_finite() { reach - value } else { 0.0 };
            (found, if fixed { String::new() } else { how }, smoothed_away)
        } else {
            // a bias of h² or, where a density jumps, of h
            let values = [GIVEN, GIVEN + 1, GIVEN + 2].map(|scale| {
                let (core, error) = sums.ratios(scale, None).functional(reduced.core, 1.0);
                reduced.carry(core, error).0
            });
            (given.functional(reduced.core, 1.0), String::new(), left_out(values, (SQRT_2, 2.0)))
        };
        let (value, error) = reduced.carry(found.0, found.1);
        let parameters = format!(
            "kde: Gaussian kernels, bandwidths {:.3} and {:.3} times the samples' covariances ({}{how}); delta method, \
             normal interval and {smoothed_away:.2e} more for what they smooth away",
            p.h,
            q.h,
            match self.bandwidth {
                Bandwidth::Silverman => "Silverman",
                Bandwidth::Scott => "Scott",
                Bandwidth::LeaveOneOut => "leave-one-out likelihood",
                Bandwidth::Fixed(_) => "given",
            }
        );
        Ok(Finding::new(value, error, parameters).reaching(smoothed_away))
    }
}

/// What the log-ratios `ln p/q` at the rows of both samples are made of.
struct Sums<'a> {
    p: &'a Smooth,
    q: &'a Smooth,
    /// Of `p` and of `q`, at the rows of the first sample.
    at_x: [Vec<KernelSums>; 2],
    at_y: [Vec<KernelSums>; 2],
}

impl<'a> Sums<'a> {
    fn new(p: &'a Smooth, q: &'a Smooth, x: &Empirical, y: &Empirical) -> Self {
        let (x, y) = (x.points(), y.points());
        Self {
            p,
            q,
            at_x: [p.kernel_sums(x, true), q.kernel_sums(x, false)],
            at_y: [p.kernel_sums(y, false), q.kernel_sums(y, true)],
        }
    }

    /// Under kernels of this width; of all rows, or of those with even or odd numbers.
    fn ratios(&self, scale: usize, half: Option<usize>) -> LogRatios {
        let of = |[p, q]: &[Vec<KernelSums>; 2]| {
            let (p, q) = (self.p.ln_densities(p, scale, half), self.q.ln_densities(q, scale, half));
            p.zip(q).map(|(p, q)| p - q).collect()
        };
        LogRatios { x: of(&self.at_x), y: of(&self.at_y) }
    }
}

impl Sums<'_> {
    /// At rows with even numbers from those with odd ones, and the other way round.
    fn across(&self, scale: usize) -> LogRatios {
        let (even, odd) = (self.ratios(scale, Some(0)), self.ratios(scale, Some(1)));
        let other = |even: Vec<f64>, odd: Vec<f64>| {
            let both = even.into_iter().zip(odd).enumerate();
            both.map(|(i, (even, odd))| if i % 2 == 0 { odd } else { even }).collect()
        };
        LogRatios { x: other(even.x, odd.x), y: other(even.y, odd.y) }
    }
}

/// `ln p/q` at the rows of both samples.
struct LogRatios {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl LogRatios {
    /// The functional and its standard error from so many times the log-ratios.
    fn functional(&self, core: Core, multiple: f64) -> (f64, f64) {
        let times = |l: &[f64]| l.iter().map(|l| multiple * l).collect::<Vec<f64>>();
        functional(core, &times(&self.x), &times(&self.y))
    }

    /// None beyond what `n` and `m` rows can show: how far past the last row a point lies says nothing of the law there.
    fn clamped(&self) -> Self {
        let (low, high) = (-(self.x.len() as f64).ln(), (self.y.len() as f64).ln());
        let clamp = |l: &[f64]| l.iter().map(|l| l.clamp(low, high)).collect();
        Self { x: clamp(&self.x), y: clamp(&self.y) }
    }
}

/// A dual value with its standard error, and where it was found.
#[derive(Clone, Copy)]
struct Dual {
    found: (f64, f64),
    scale: usize,
    clamped: bool,
    multiple: f64,
}

impl Dual {
    /// The greatest, and what it may lack yet.
    fn best(core: Core, sums: &Sums<'_>) -> (Self, f64) {
        let ratios = |scale, half, clamped| {
            let ratios = sums.ratios(scale, half);
            if clamped { ratios.clamped() } else { ratios }
        };
        let at = |(scale, clamped)| {
            let ratios = ratios(scale, None, clamped);
            let multiple = greatest(|multiple| ratios.functional(core, multiple).0, MULTIPLES);
            Self { found: ratios.functional(core, multiple), scale, clamped, multiple }
        };
        let greater = |a: Self, b: Self| if b.found.0 > a.found.0 { b } else { a };
        let given = sums.ratios(GIVEN, None).functional(core, 1.0);
        let given = Self { found: given, scale: GIVEN, clamped: false, multiple: 1.0 };
        let best = (0..SCALES).flat_map(|scale| [(scale, false), (scale, true)]).map(at).fold(given, greater);

        let like_best = |scale, half| ratios(scale, half, best.clamped).functional(core, best.multiple).0;
        let halves = 0.5 * (like_best(best.scale, Some(0)) + like_best(best.scale, Some(1)));
        let dimension = sums.p.white.ncols() as f64;
        let noise = (1.0 + 0.25 * dimension) * (best.found.0 - halves).abs();
        // at the narrowest width the balance of noise and smoothing is not reached
        let narrowest = if best.scale == 0 {
            left_out([0, 1, 2].map(|scale| like_best(scale, None)), (SQRT_2, 2.0)).max(0.0)
        } else {
            0.0
        };
        // where half of the rows say nothing, nothing bounds what is lacking
        (best, if noise.is_nan() { f64::INFINITY } else { noise + narrowest })
    }
}

/// The functional and its standard error from the log-ratios at the rows of both samples.
fn functional(core: Core, x: &[f64], y: &[f64]) -> (f64, f64) {
    let (n, m) = (x.len() as f64, y.len() as f64);
    let mean = |terms: &[f64]| terms.iter().sum::<f64>() / terms.len() as f64;
    let apply = |at: &[f64], term: &dyn Fn(f64) -> f64| at.iter().map(|&l| term(l)).collect::<Vec<f64>>();
    // E_P[g] with the error that the other sample adds through the density ratio
    let direct = |at: &[f64], term: &dyn Fn(f64) -> f64, other: &dyn Fn(f64) -> f64, n: f64, m: f64| {
        let terms = apply(at, term);
        let moment = mean(&apply(at, other));
        (mean(&terms), (variance(&terms) / n + moment.max(0.0) / m).sqrt())
    };
    match core {
        // Var_Q[p/q] = E_P[p/q - 1]; what one row in a gap of the other sample says of a tail is cut at the root of m
        Core::Alpha(1.0) => direct(x, &|l| l, &|l| l.min(0.5 * m.ln()).exp_m1(), n, m),
        Core::Alpha(0.0) => direct(y, &|l| -l, &|l| (-l).min(0.5 * n.ln()).exp_m1(), m, n),
        Core::Jeffreys => {
            let (a, b) = (functional(Core::Alpha(1.0), x, y), functional(Core::Alpha(0.0), x, y));
            (a.0 + b.0, a.1 + b.1)
        }
        Core::Alpha(a) if a > 1.0 => {
            let scale = 1.0 / (a * (a - 1.0));
            let x = apply(x, &|l| l.min(m.ln()));
            let power = mean(&apply(&x, &|l| ((a - 1.0) * l).exp()));
            if power.is_infinite() {
                return (power, power);
            }
            let other = |l: f64| (((2.0 * a - 1.0) * l).exp() - power * power) / (a * a);
            let (_, error) = direct(&x, &|l| ((a - 1.0) * l).exp() / (a - 1.0), &other, n, m);
            (scale * (power - 1.0), error)
        }
        Core::Alpha(a) if a < 0.0 => {
            let flipped = |at: &[f64]| apply(at, &|l| -l);
            functional(Core::Alpha(1.0 - a), &flipped(y), &flipped(x))
        }
        _ => {
            let f = core.generator();
            let (x, y) = (apply(x, &|l| f.dual_pair(l).0), apply(y, &|l| f.dual_pair(l).1));
            (mean(&x) - mean(&y) + f.f(1.0), (variance(&x) / n + variance(&y) / m).sqrt())
        }
    }
}

/// A sample under its kernels.
struct Smooth {
    /// The rows where their covariance is the identity.
    white: Array2<f64>,
    root: Array2<f64>,
    h: f64,
}

impl Smooth {
    fn new(sample: &Empirical, name: &str, bandwidth: Bandwidth) -> Result<Self> {
        let root = root_of_full_rank(&Gaussian::fit(sample)?, name)?;
        let (n, d) = (sample.len() as f64, sample.dimension() as f64);
        let silverman = (4.0 / (n * (d + 2.0))).powf(1.0 / (d + 4.0));
        let smooth = |h| Self { white: white(&root, sample.points()), root: root.clone(), h };
        match bandwidth {
            Bandwidth::Silverman => Ok(smooth(silverman)),
            Bandwidth::Scott => Ok(smooth(n.powf(-1.0 / (d + 4.0)))),
            Bandwidth::LeaveOneOut => {
                let of_rows = smooth(silverman);
                let h = of_rows.likeliest(0.05 * silverman, 2.0 * silverman);
                Ok(Self { h, ..of_rows })
            }
            Bandwidth::Fixed(h) if h > 0.0 && h.is_finite() => Ok(smooth(h)),
            Bandwidth::Fixed(h) => Err(Error::out_of_domain("bandwidth", h, "a positive finite number")),
        }
    }

    fn width(&self, scale: usize) -> f64 {
        self.h * SQRT_2.powi(scale as i32 - GIVEN as i32)
    }

    /// The log-densities that the sums give, of the whole sample or of the half of its rows with even or with odd numbers.
    fn ln_densities<'a>(
        &'a self,
        sums: &'a [KernelSums],
        scale: usize,
        half: Option<usize>,
    ) -> impl Iterator<Item = f64> + 'a {
        let (n, d, h) = (self.white.nrows(), self.white.ncols() as f64, self.width(scale));
        let volume: f64 = self.root.diag().iter().map(|r| r.ln()).sum();
        let constant = -0.5 * d * (2.0 * PI).ln() - d * h.ln() - volume;
        sums.iter().enumerate().map(move |(i, sums)| {
            let skipped = |half: usize| usize::from(sums.own && i % 2 == half);
            let [even, odd] = sums.halves[scale];
            let (sum, rows) = match half {
                None => (even + odd, n - usize::from(sums.own)),
                Some(0) => (even, n.div_ceil(2) - skipped(0)),
                Some(_) => (odd, n / 2 - skipped(1)),
            };
            sum.ln() - sums.nearest / (2.0 * h * h) - (rows.max(1) as f64).ln() + constant
        })
    }

    /// The kernels at every row of `at`, summed; with `own` these are the sample's rows, and each is left out of its own.
    fn kernel_sums(&self, at: ArrayView2<'_, f64>, own: bool) -> Vec<KernelSums> {
        self.white_sums(white(&self.root, at).view(), own, self.h)
    }

    fn white_sums(&self, queries: ArrayView2<'_, f64>, own: bool, h: f64) -> Vec<KernelSums> {
        let clouds = Clouds::new(queries, self.white.view());
        // the widest kernel
        let rate = 0.5 / (16.0 * h * h);
        let sums = for_blocks(queries.nrows(), |first| {
            let mut block = clouds.block(first);
            let sum = |(i, row): (usize, ndarray::ArrayViewMut1<'_, f64>)| {
                let mut row = row;
                if own {
                    row[first + i] = f64::INFINITY;
                }
                let nearest = row.iter().copied().fold(f64::INFINITY, f64::min);
                match row.as_slice() {
                    Some(row) => KernelSums { nearest, own, halves: sum_halves(row, nearest, rate) },
                    None => unreachable!("blocks are stored row by row"),
                }
            };
            block.rows_mut().into_iter().enumerate().map(sum).collect::<Vec<_>>()
        });
        sums.concat()
    }

    /// The bandwidth between the two under which each row is likeliest given the others: golden section in `ln h`.
    fn likeliest(&self, low: f64, high: f64) -> f64 {
        let (n, d) = (self.white.nrows() as f64, self.white.ncols() as f64);
        let loss = |ln_h: f64| {
            let h = ln_h.exp();
            let ln_sum = |sums: &KernelSums| sums.halves[GIVEN].iter().sum::<f64>().ln() - sums.nearest / (2.0 * h * h);
            n * d * ln_h - self.white_sums(self.white.view(), true, h).iter().map(ln_sum).sum::<f64>()
        };
        greatest(|h| -loss(h.ln()), (low, high))
    }
}

/// Where a function of a positive number is greatest between two: golden section of the logarithm, to a percent, since the
/// functions here are flat at their greatest.
fn greatest(f: impl Fn(f64) -> f64, (low, high): (f64, f64)) -> f64 {
    let at = |ln: f64| f(ln.exp());
    let golden = 0.5 * (5f64.sqrt() - 1.0);
    let (mut a, mut b) = (low.ln(), high.ln());
    let (mut c, mut d) = (b - golden * (b - a), a + golden * (b - a));
    let (mut at_c, mut at_d) = (at(c), at(d));
    while b - a > 0.01 {
        if at_c >= at_d {
            (b, d, at_d) = (d, c, at_c);
            c = b - golden * (b - a);
            at_c = at(c);
        } else {
            (a, c, at_c) = (c, d, at_d);
            d = a + golden * (b - a);
            at_d = at(d);
        }
    }
    (0.5 * (a + b)).exp()
}

/// `Σ exp(-(|x - y|² - nearest)/2h²)` over a sample, for one query and every width.
#[derive(Clone)]
struct KernelSums {
    /// The square of the least distance.
    nearest: f64,
    /// Whether the query is a row of the sample, left out.
    own: bool,
    /// Over the rows with even and with odd numbers.
    halves: [[f64; 2]; SCALES],
}

/// The sums of `e^256`, `e^128` and so on to `e`, of `e = exp(rate (nearest - d))`, in eight partial sums whatever the machine.
#[multiversion(targets = "simd")]
fn sum_halves(distances: &[f64], nearest: f64, rate: f64) -> [[f64; 2]; SCALES] {
    const FMA: bool = target_cfg_f!(target_feature = "fma");
    const LANES: usize = 8;
    let mut sums = [[0.0; LANES]; SCALES];
    let (chunks, rest) = distances.as_chunks::<LANES>();
    // a distance without end adds nothing
    let mut last = [f64::INFINITY; LANES];
    last[..rest.len()].copy_from_slice(rest);
    // no closure: its body would be compiled for the baseline
    for chunk in chunks.iter().chain([&last]) {
        for lane in 0..LANES {
            let mut e = exp_clamped::<FMA>(rate * (nearest - chunk[lane]));
            for scale in (0..SCALES).rev() {
                sums[scale][lane] += e;
                e *= e;
            }
        }
    }
    sums.map(|lanes| [0, 1].map(|half| lanes.iter().skip(half).step_by(2).sum()))
}

fn white(root: &Array2<f64>, points: ArrayView2<'_, f64>) -> Array2<f64> {
    linalg::solve_lower(root.view(), points.t()).reversed_axes().as_standard_layout().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Axis;

    #[test]
    fn halves_and_widths_are_those_of_samples_of_their_own() {
        let points = Array2::from_shape_fn((23, 2), |(i, j)| ((i * (3 * j + 5)) as f64).sin() * (1.0 + i as f64 / 9.0));
        let sample = Empirical::new(points.clone()).unwrap();
        let smooth = Smooth::new(&sample, "x", Bandwidth::Fixed(0.4)).unwrap();
        // the density of some rows under kernels of this width, one of them left out, by its definition
        let density = |rows: &[usize], width: f64, at: usize, own: bool| {
            let white = smooth.white.select(Axis(0), rows);
            let rows: Vec<usize> = (0..rows.len()).filter(|&k| !(own && rows[k] == at)).collect();
            let kernel = |k: &usize| {
                let step = &white.row(*k) - &smooth.white.row(at);
                (-step.dot(&step) / (2.0 * width * width)).exp()
            };
            let volume: f64 = smooth.root.diag().product() * 2.0 * PI * width * width;
            rows.iter().map(kernel).sum::<f64>() / (rows.len() as f64 * volume)
        };
        let halves = [
            (None, (0..23).collect()),
            (Some(0), (0..23).step_by(2).collect()),
            (Some(1), (1..23).step_by(2).collect()),
        ];
        for own in [true, false] {
            let sums = smooth.kernel_sums(points.view(), own);
            for scale in 0..SCALES {
                for (half, rows) in &halves {
                    let rows: &Vec<usize> = rows;
                    for (at, found) in smooth.ln_densities(&sums, scale, *half).enumerate() {
                        let want = density(rows, smooth.width(scale), at, own && rows.contains(&at)).ln();
                        assert!(want < -600.0 || (found - want).abs() < 1e-10 * want.abs().max(1.0), "{found} {want}");
                    }
                }
            }
        }
        assert!((smooth.width(GIVEN) - 0.4).abs() < 1e-15 && (smooth.width(SCALES - 1) - 1.6).abs() < 1e-15);
    }
}
