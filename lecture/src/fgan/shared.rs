//! The table of f-GAN and the pair of laws of the board.

use fenchel::Result;
use fenchel::divergence::FDivergence;
use fenchel::measure::Pmf;

pub(super) const CHAPTER: &str = "fgan";
/// The weight of the weighted Jensen-Shannon divergence in the table.
pub(super) const PI: f64 = 0.3;

/// A row of the table as the corrected statement prints it.
pub(super) struct TableRow {
    pub name: &'static str,
    pub kind: FDivergence,
    /// `f(u)`.
    pub f: fn(f64) -> f64,
    /// `f*(t)` on the image of `f'`.
    pub conjugate: fn(f64) -> f64,
}

/// The ten rows of the table (S3 L347-374), corrected.
pub(super) const TABLE: [TableRow; 10] = [
    TableRow {
        name: "total variation",
        kind: FDivergence::TotalVariation,
        f: |u| (u - 1.0).abs() / 2.0,
        conjugate: |t| t,
    },
    TableRow { name: "KL", kind: FDivergence::Kl, f: |u| u * u.ln(), conjugate: |t| (t - 1.0).exp() },
    TableRow { name: "reverse KL", kind: FDivergence::ReverseKl, f: |u| -u.ln(), conjugate: |t| -1.0 - (-t).ln() },
    TableRow {
        name: "Pearson χ²",
        kind: FDivergence::Pearson,
        f: |u| (u - 1.0).powi(2),
        conjugate: |t| t * t / 4.0 + t,
    },
    TableRow {
        name: "Neyman χ²",
        kind: FDivergence::Neyman,
        f: |u| (1.0 - u).powi(2) / u,
        conjugate: |t| 2.0 - 2.0 * (1.0 - t).sqrt(),
    },
    TableRow {
        name: "squared Hellinger",
        kind: FDivergence::SquaredHellinger,
        f: |u| (u.sqrt() - 1.0).powi(2),
        conjugate: |t| t / (1.0 - t),
    },
    TableRow {
        name: "Jeffreys",
        kind: FDivergence::Jeffreys,
        f: |u| (u - 1.0) * u.ln(),
        conjugate: |t| {
            let w = lambert(1.0 - t);
            w + 1.0 / w + t - 2.0
        },
    },
    TableRow {
        name: "Jensen-Shannon (2 JSD)",
        kind: FDivergence::TwoJsd,
        f: |u| u * u.ln() - (u + 1.0) * ((1.0 + u) / 2.0).ln(),
        conjugate: |t| -(2.0 - t.exp()).ln(),
    },
    TableRow {
        name: "weighted Jensen-Shannon (π = 0.3)",
        kind: FDivergence::JsWeighted(PI),
        f: |u| PI * u * u.ln() - (1.0 - PI + PI * u) * (1.0 - PI + PI * u).ln(),
        conjugate: |t| (1.0 - PI) * ((1.0 - PI) / (1.0 - PI * (t / PI).exp())).ln(),
    },
    TableRow {
        name: "GAN (2 JSD − ln 4)",
        kind: FDivergence::Gan,
        f: |u| u * u.ln() - (u + 1.0) * (u + 1.0).ln(),
        conjugate: |t| -(-t.exp_m1()).ln(),
    },
];

/// `W(e^x)`, the solution of `w + ln w = x`, by Newton's method in `ln w`.
fn lambert(x: f64) -> f64 {
    let mut y = if x > 1.0 { x.ln() } else { x };
    for _ in 0..60 {
        let step = (y.exp() + y - x) / (y.exp() + 1.0);
        y -= step;
        if step.abs() < 1e-16 {
            break;
        }
    }
    y.exp()
}

/// The pair of laws of the board.
pub(super) fn board_pair() -> Result<(Pmf, Pmf)> {
    Ok((Pmf::new([0.1, 0.4, 0.5])?, Pmf::new([0.8, 0.15, 0.05])?))
}
