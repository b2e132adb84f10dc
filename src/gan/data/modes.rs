//! How many modes of a toy law a sample covers, how evenly, and the share of the sample that lies on them.
//!
//! Each sample belongs to the nearest centre and is of high quality within 3σ of it. For a law whose modes are
//! Gaussians in the plane, `1 - e^(-9/2)` = 98.889 % of perfect samples are of high quality; a higher share means modes
//! that are too tight. Let `p` be uniform over K modes and `q` the shares of n samples. Even a perfect sampler then has
//! a reverse and a forward KL of about `(K - 1)/(2n)` and a JSD of about `(K - 1)/(8n)`. These values are returned as
//! `baseline`.
//!
//! Protocol: PacGAN (arXiv:1712.04086), with n = 2500.

use super::toy::Toy;
use crate::certificate::{Estimate, LEVEL};
use crate::error::{Error, Result};
use crate::numeric::special::NORMAL_950;
use crate::numeric::{Sum, wilson, x_ln_x_over_y};
use ndarray::ArrayView2;

/// The counts from which the scores follow.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ModeScores {
    /// Samples nearest to each centre.
    pub nearest: Vec<u64>,
    /// Those of them within 3σ.
    pub high_quality: Vec<u64>,
    /// Samples in all.
    pub samples: u64,
}

impl ModeScores {
    /// Counts samples by mode. O(n K).
    ///
    /// # Errors
    /// A law without modes; no samples, or not in two dimensions; an entry that is not finite.
    pub fn new(samples: ArrayView2<'_, f64>, law: &Toy) -> Result<Self> {
        let Some(sigma) = law.sigma() else {
            return Err(Error::unsupported(
                format!("counting the modes of {law}"),
                "it has none; use a two-sample score",
            ));
        };
        let centres = law.centres();
        let what = || "generated samples".to_owned();
        if samples.nrows() == 0 {
            return Err(Error::too_few(what(), 0, 1, "samples"));
        }
        if samples.ncols() != centres.ncols() {
            return Err(Error::size_mismatch((what(), samples.ncols()), (law.to_string(), centres.ncols()), "columns"));
        }
        let mut scores = Self {
            nearest: vec![0; centres.nrows()],
            high_quality: vec![0; centres.nrows()],
            samples: samples.nrows() as u64,
        };
        for (i, x) in samples.rows().into_iter().enumerate() {
            if let Some((j, &value)) = x.iter().enumerate().find(|(_, x)| !x.is_finite()) {
                return Err(Error::not_finite(what(), (i, j), value));
            }
            let squares =
                centres.rows().into_iter().map(|c| x.iter().zip(c).map(|(x, c)| (x - c) * (x - c)).sum::<f64>());
            let nearest = squares.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((k, square)) = nearest {
                scores.nearest[k] += 1;
                scores.high_quality[k] += u64::from(square < mutate!(9.0, ModeRadius, |_| 1.0) * sigma * sigma);
            }
        }
        Ok(scores)
    }

    /// Modes with at least one high-quality sample.
    #[must_use]
    pub fn modes(&self) -> usize {
        self.high_quality.iter().filter(|&&count| count > 0).count()
    }

    /// Modes with high-quality samples that make up at least one per cent of all.
    #[must_use]
    pub fn modes_1pct(&self) -> usize {
        self.high_quality.iter().filter(|&&count| 100 * count >= self.samples).count()
    }

    /// Share of the samples within 3σ of their centre.
    #[must_use]
    pub fn high_quality_share(&self) -> f64 {
        self.high_quality.iter().sum::<u64>() as f64 / self.samples as f64
    }

    /// `KL(q‖p)` in nats: ln 4 where 2 of 8 modes are covered evenly.
    #[must_use]
    pub fn reverse_kl(&self) -> f64 {
        let p = self.uniform();
        Sum::of(self.shares().map(|q| x_ln_x_over_y(q, p))).max(0.0)
    }

    /// `KL(p‖q)` in nats; `+inf` as soon as a mode has no sample.
    #[must_use]
    pub fn forward_kl(&self) -> f64 {
        let p = self.uniform();
        Sum::of(self.shares().map(|q| x_ln_x_over_y(p, q))).max(0.0)
    }

    /// Jensen-Shannon divergence of `p` and `q` in nats, at most ln 2.
    #[must_use]
    pub fn jsd(&self) -> f64 {
        let p = self.uniform();
        let term = |q: f64| x_ln_x_over_y(p, 0.5 * (p + q)) + x_ln_x_over_y(q, 0.5 * (p + q));
        (0.5 * Sum::of(self.shares().map(term))).max(0.0)
    }

    /// All six scores, with standard errors. That of the share is binomial. Those of the divergences are multinomial by
    /// the delta method, with the second-order term (`f''(1)` times a chi-squared over 2n) that remains where `q` is
    /// near `p`.
    #[must_use]
    pub fn estimates(&self) -> Vec<Estimate> {
        let (n, k) = (self.samples as f64, self.nearest.len() as f64);
        let p = self.uniform();
        let share = self.high_quality_share();
        let error = |slope: &dyn Fn(f64) -> f64, curvature: f64| {
            let terms = || self.shares().filter(|&q| q > 0.0);
            let mean = Sum::of(terms().map(|q| q * slope(q)));
            let first = Sum::of(terms().map(|q| q * (slope(q) - mean).powi(2))) / n;
            let second = curvature * curvature * (k - 1.0) / (2.0 * n * n);
            (first + second).sqrt()
        };
        let missing = self.nearest.contains(&0);
        let forward_error = (!missing).then(|| error(&|q| -p / q, 1.0));
        let reverse_error = error(&|q| (q / p).ln(), 1.0);
        let jsd_error = error(&|q| 0.5 * (2.0 * q / (p + q)).ln(), 0.25);
        let floor = (k - 1.0) / (2.0 * n);
        let perfect = -(-4.5_f64).exp_m1();
        let row = |name: &str, value: f64, std_error: Option<f64>, baseline: f64| Estimate {
            name: name.to_owned(),
            value,
            std_error,
            interval: std_error.map(|e| (value - NORMAL_950 * e, value + NORMAL_950 * e)),
            level: LEVEL,
            p_value: None,
            baseline: Some(baseline),
            baseline_spread: None,
            n: 0,
            m: self.samples as usize,
            dimension: 2,
            parameters: format!("{} modes, 3 sigma", self.nearest.len()),
            warnings: Vec::new(),
        };
        let mut rows = vec![
            row("modes", self.modes() as f64, None, k),
            row("modes_1pct", self.modes_1pct() as f64, None, k),
            row("high_quality", share, None, perfect),
            row("reverse_kl", self.reverse_kl(), Some(reverse_error), floor),
            row("forward_kl", self.forward_kl(), forward_error, floor),
            row("mode_jsd", self.jsd(), Some(jsd_error), 0.25 * floor),
        ];
        rows[2].std_error = Some((share * (1.0 - share) / n).sqrt());
        rows[2].interval = Some(wilson(share, n, NORMAL_950));
        for row in &mut rows[3..] {
            row.interval = row.interval.map(|(low, high)| (low.max(0.0), high));
        }
        rows
    }

    fn shares(&self) -> impl Iterator<Item = f64> + '_ {
        self.nearest.iter().map(|&count| count as f64 / self.samples as f64)
    }

    fn uniform(&self) -> f64 {
        1.0 / self.nearest.len() as f64
    }
}
