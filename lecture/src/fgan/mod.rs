//! Chapter D: the choice of the divergence, and the table of f-GAN (rows D1 to D9).
//!
//! `D_f(P || Q) = sum q f(p/q) = sup_T E_P T - E_Q f*(T)`, attained at `T* = f'(p/q)`. Each divergence of the table is
//! therefore the optimum of a game that needs samples only; the table itself is checked entry by entry against formulas
//! written out here a second time.

mod intervals;
mod measuring;
mod play;
mod shared;
mod table;

pub(crate) use play::choice;
pub(crate) use table::table as printed_table;

use crate::claim::{difference, larger, smaller};
use crate::optimise::{golden_section, maximise};
use crate::shared::linspace;
use crate::{Chapter, Claim, Illustration};
use fenchel::Result;
use fenchel::divergence::{FDivergence, Generator, Kind, density, f_divergence, jsd, kl, value_at_optimum};
use fenchel::measure::Pmf;
use fenchel::measure::density::{Density, Law};
use fenchel::numeric::Sum;
use fenchel::plot::{Axis, Figure, Panel, Series};
use shared::{CHAPTER, PI, TABLE, TableRow, board_pair};
use std::f64::consts::LN_2;

/// Chapter D, rows D1 to D9. A few seconds.
///
/// # Errors
/// None that valid constants could cause; errors of the divergences are passed on.
pub fn chapter(seed: u64) -> Result<Chapter> {
    let mut claims = Vec::new();
    let mut figures = Vec::new();
    measuring::claims(seed, &mut claims, &mut figures)?;
    intervals::claims(seed, &mut claims)?;
    variational_bound(&mut claims)?;
    value_and_dual(&mut claims)?;
    table(&mut claims, &mut figures);
    no_cure(&mut claims)?;
    jensen_shannon(&mut claims)?;
    model_fit(&mut claims, &mut figures)?;
    Ok(Chapter {
        name: CHAPTER,
        letter: 'D',
        title: "The choice of the divergence: the table of f-GAN",
        intro: "Every convex f with f(1) = 0 gives a divergence, and its conjugate f* gives a game with that divergence as its \
                optimum. The table of f and f* is checked entry by entry, each head is shown to reach its divergence, and \
                the last rows show what the choice does not cure. What it decides in training is in chapter T."
            .to_owned(),
        claims,
        figures,
    })
}

/// `sup_v sum p g(v) - q f*(g(v))` over a table of `v`, by L-BFGS.
fn best_bound(kind: &FDivergence, p: &[f64], q: &[f64]) -> f64 {
    let scale: Vec<f64> = p.iter().zip(q).map(|(p, q)| (p + q).sqrt()).collect();
    let start = vec![0.0; p.len()];
    maximise(
        |at| {
            let v: Vec<f64> = at.iter().zip(&scale).map(|(x, s)| x / s).collect();
            let value = Sum::of(
                (0..v.len()).flat_map(|i| [p[i] * kind.activation(v[i]), -q[i] * kind.conjugate_of_activation(v[i])]),
            );
            let gradient = (0..v.len()).map(|i| {
                const H: f64 = 1e-5;
                let slope = (kind.activation(v[i] + H) - kind.activation(v[i] - H)) / (2.0 * H);
                slope * (p[i] - q[i] * kind.dconjugate(kind.activation(v[i]))) / scale[i]
            });
            (value, gradient.collect())
        },
        start,
    )
    .value
}

/// D4: each head reaches its divergence.
fn variational_bound(claims: &mut Vec<Claim>) -> Result<()> {
    let (p, q) = board_pair()?;
    for (k, row) in TABLE.iter().enumerate() {
        let id = if k == 0 { "D4".to_owned() } else { format!("D4.{}", k + 1) };
        claims.push(
            Claim::about(
                id,
                CHAPTER,
                format!(
                    "sup over T of E_p T − E_q f*(T) is the divergence: {}, T a table behind the f-GAN output activation, maximised by L-BFGS",
                    row.name
                ),
                "S3 L339-343; arXiv:1606.00709",
            )
            .absolute(best_bound(&row.kind, p.masses(), q.masses()), f_divergence(&row.kind, &p, &q)?.value, 1e-12),
        );
    }
    let (law_p, law_q) = (Law::normal(0.0, 1.0)?, Law::normal(1.0, 1.0)?);
    let edges = linspace(-6.0, 7.0, 261);
    let cells = |law: &dyn Density| {
        let mut cdf: Vec<f64> = edges.iter().map(|&x| law.cdf(x)).collect();
        (cdf[0], cdf[260]) = (0.0, 1.0);
        Pmf::normalised(cdf.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<f64>>())
    };
    let (p, q) = (cells(&law_p)?, cells(&law_q)?);
    let mut worst = 0.0;
    for row in &TABLE {
        let exact = density::f_divergence(&row.kind, &law_p, &law_q)?.value;
        worst = larger(worst, difference(best_bound(&row.kind, p.masses(), q.masses()), exact) / exact.abs());
    }
    claims.push(
        Claim::about(
            "D4.11",
            CHAPTER,
            "sup over T of E_p T − E_q f*(T) for the densities of N(0, 1) and N(1, 1), by L-BFGS on the masses of 260 cells. T is constant on each cell (0.05 wide on [−6, 7], the tails in the outermost). Largest relative difference to the divergence by quadrature, over the ten rows",
            "S3 L339-343; arXiv:1606.00709",
        )
        .absolute(worst, 0.0, 1e-3),
    );
    Ok(())
}

/// Every divergence of the library that has a name, parameters included.
fn every_kind() -> Vec<Kind> {
    use FDivergence as F;
    let others = [
        F::KlSelfNormalised,
        F::ReverseKlSelfNormalised,
        F::SquaredHellinger,
        F::TwoJsd,
        F::JsWeighted(PI),
        F::Alpha(3.0),
        F::Alpha(-1.0),
        F::NonSaturating,
        F::LabelSmoothed { real: 0.9, fake: 0.0 },
        F::LsganSlide,
    ];
    Kind::all().into_iter().chain(others.map(Kind::F)).collect()
}

/// D4, the certificates: the dual value matches the value.
fn value_and_dual(claims: &mut Vec<Claim>) -> Result<()> {
    let about = |id: &str, statement: String| Claim::about(id, CHAPTER, statement, "S3 L339-343; arXiv:1606.00709");
    let (p, q) = board_pair()?;
    let even = Pmf::uniform(600)?;
    let tilted = Pmf::normalised((0..600).map(|k| 1.0 + 0.5 * (0.1 * f64::from(k)).sin()).collect::<Vec<f64>>())?;
    let apart = [Pmf::new([0.5, 0.25, 0.25, 0.0])?, Pmf::new([0.0, 0.25, 0.25, 0.5])?];
    let pairs = [
        ("D4.12", "(.1, .4, .5) and (.8, .15, .05)", &p, &q),
        ("D4.13", "two laws on 600 bins, one of them uniform", &tilted, &even),
        ("D4.14", "(½, ¼, ¼, 0) and (0, ¼, ¼, ½), infinite on both sides where it is infinite", &apart[0], &apart[1]),
    ];
    let kinds = every_kind();
    for (id, which, p, q) in pairs {
        let worst = kinds.iter().try_fold(0.0, |worst, kind| {
            let found = kind.evaluate(p, q)?;
            Ok::<_, fenchel::Error>(larger(worst, difference(found.value, found.dual)))
        })?;
        claims.push(
            about(
                id,
                format!("Value and dual value, Σ q f(p/q) and E_p T* − E_q f*(T*), agree for {} divergences of {which}: largest difference", kinds.len()),
            )
            .absolute(worst, 0.0, 1e-13),
        );
    }
    let (p, q) = (Law::normal(0.0, 1.0)?, Law::normal(1.0, 1.0)?);
    let worst = TABLE.iter().try_fold(0.0, |worst, row| {
        let found = density::f_divergence(&row.kind, &p, &q)?;
        Ok::<_, fenchel::Error>(larger(worst, difference(found.value, found.dual)))
    })?;
    claims.push(
        about("D4.15", "Value and dual value of the ten rows for N(0, 1) against N(1, 1), each by a quadrature of its own: largest difference".to_owned())
            .absolute(worst, 0.0, 1e-11),
    );
    Ok(())
}

/// D5 and D6: the table, entry by entry.
fn table(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) {
    let worst = disagreement();
    generators(&worst, claims);
    conjugates(&worst, claims);
    figures.push(generators_figure());
}

/// The largest disagreements between the library and the formulas of the table written out again.
struct Disagreement {
    f: f64,
    conjugate: f64,
    /// In Fenchel-Young at `t = f'(u)`.
    equality: f64,
    /// The least slack in Fenchel-Young at any pair.
    least: f64,
}

fn disagreement() -> Disagreement {
    let grid: Vec<f64> = linspace(-4.0, 4.0, 81).into_iter().map(f64::exp).collect();
    let relative = |a: f64, b: f64| {
        let gap = difference(a, b);
        // the difference of an infinity and a number is infinite, that of two equal infinities is zero
        if gap > 0.0 && gap.is_finite() { gap / (1.0 + a.abs().max(b.abs())) } else { gap }
    };
    let mut worst = Disagreement { f: 0.0, conjugate: 0.0, equality: 0.0, least: f64::INFINITY };
    for row in &TABLE {
        let kind = &row.kind;
        for &u in &grid {
            worst.f = larger(worst.f, relative(kind.f(u), (row.f)(u)));
            let t = kind.df(u);
            worst.conjugate = larger(worst.conjugate, relative(kind.conjugate(t), (row.conjugate)(t)));
            worst.equality = larger(worst.equality, relative(kind.f(u) + kind.conjugate(t), u * t));
            for &other in &grid {
                // every t that f' can take, against every u
                let t = kind.df(other);
                let size = 1.0 + (u * t).abs() + kind.f(u).abs();
                worst.least = smaller(worst.least, (kind.f(u) + kind.conjugate(t) - u * t) / size);
            }
        }
    }
    worst
}

/// Rows of the oracles: a name, the divergence, and f′(2) and f*(f′(2)).
const ORACLE: [(&str, FDivergence, f64, f64); 12] = [
    ("KL", FDivergence::Kl, 1.693_147_180_559_945_4, 2.0),
    ("reverse KL", FDivergence::ReverseKl, -0.5, -0.306_852_819_440_054_7),
    ("Pearson", FDivergence::Pearson, 2.0, 3.0),
    ("Neyman", FDivergence::Neyman, 0.75, 1.0),
    ("squared Hellinger", FDivergence::SquaredHellinger, 0.292_893_218_813_452_5, 0.414_213_562_373_095_03),
    ("Jeffreys", FDivergence::Jeffreys, 1.193_147_180_559_945_4, 1.693_147_180_559_945_4),
    ("2 JSD", FDivergence::TwoJsd, 0.287_682_072_451_780_96, 0.405_465_108_108_164_4),
    ("weighted JS", FDivergence::JsWeighted(PI), 0.129_234_874_827_736_27, 0.183_654_985_127_243_74),
    ("GAN", FDivergence::Gan, -0.405_465_108_108_164_4, 1.098_612_288_668_109_8),
    ("alpha 1/2", FDivergence::Alpha(0.5), 0.585_786_437_626_905, 0.828_427_124_746_190_1),
    ("alpha 3", FDivergence::Alpha(3.0), 1.5, 2.333_333_333_333_333_5),
    ("Le Cam", FDivergence::LeCam, 0.555_555_555_555_555_6, 0.777_777_777_777_777_8),
];

fn names_of_oracle() -> String {
    ORACLE.map(|(name, ..)| name).join(", ")
}

/// D5: the table of f.
fn generators(worst: &Disagreement, claims: &mut Vec<Claim>) {
    let names = names_of_oracle();
    let d5 = |id: &str, statement: &str, row: &str| {
        Claim::about(id, CHAPTER, statement, format!("S3 L347-363{row}")).corrects(
            "the transcription reads “wlogu”, Neyman without /u, “3u−1|”, “F*” for (1+u)/2, “7” for π, “e+1” for u+1; the integral of the JS row carries a ½ that its generator does not",
        )
    };
    claims.push(
        d5("D5", "The table of f, ten rows: the library against the formulas written out again, 81 values of u from e⁻⁴ to e⁴, largest relative difference", "")
            .figure("d5-generators")
            .absolute(worst.f, 0.0, 1e-13),
    );
    claims.push(
        d5("D5.2", &format!("T* = f′(p/q) at p/q = 2: {names}"), "; O110-O133").figure("d5-generators").vector(
            &ORACLE.map(|(_, kind, ..)| kind.df(2.0)),
            &ORACLE.map(|(_, _, t, _)| t),
            1e-14,
        ),
    );
}

/// D6: the table of f*.
fn conjugates(worst: &Disagreement, claims: &mut Vec<Claim>) {
    let names = names_of_oracle();
    let d6 = |id: &str, statement: &str, row: &str| {
        Claim::about(id, CHAPTER, statement, format!("S3 L364-374{row}")).corrects(
            "lost: reverse KL, Hellinger, Jeffreys; “B+t”, “2−7√(1−1)”; domains are not shown, and Pearson and total variation need clipping to be conjugates over u ≥ 0",
        )
    };
    claims.push(
        d6("D6", "The table of f*: the library against the formulas written out again at t = f′(u), 81 values of u, largest relative difference", "")
            .figure("d5-generators")
            .absolute(worst.conjugate, 0.0, 1e-12),
    );
    claims.push(d6("D6.2", &format!("f*(T*) = 2 T* − f(2) at T* = f′(2): {names}"), "; O110-O133").vector(
        &ORACLE.map(|(_, kind, ..)| kind.conjugate(kind.df(2.0))),
        &ORACLE.map(|(_, _, _, c)| c),
        1e-14,
    ));
    claims.push(
        d6(
            "D6.3",
            "Fenchel-Young: f(u) + f*(t) ≥ u t, on a grid of 81 × 81 pairs (u, t) for each row: least relative slack",
            "",
        )
        .at_least(worst.least, -1e-12),
    );
    claims.push(
        d6(
            "D6.4",
            "Fenchel-Young holds with equality at t = f′(u): largest relative gap over 81 values of u in each row",
            "",
        )
        .absolute(worst.equality, 0.0, 1e-12),
    );
    claims.push(
        d6("D6.5", "Below the image of f′ the conjugate over u ≥ 0 is −f(0): Pearson at −5 (t²/4 + t would say 5/4), total variation at −1, Le Cam at −5", "; O134-O136")
            .vector(
                &[
                    FDivergence::Pearson.conjugate(-5.0),
                    FDivergence::TotalVariation.conjugate(-1.0),
                    FDivergence::LeCam.conjugate(-5.0),
                ],
                &[-1.0, -0.5, -1.0],
                0.0,
            ),
    );
    claims.push(
        d6("D6.6", "Above its domain the conjugate is infinite: total variation at 0.6, beyond f′(∞) = ½", "; O135")
            .exact(FDivergence::TotalVariation.conjugate(0.6), f64::INFINITY),
    );
}

fn generators_figure() -> Illustration {
    let u = linspace(0.02, 4.0, 200);
    let t = linspace(-3.0, 1.6, 231);
    // squared Hellinger would hide behind Jensen-Shannon
    let shown = [0, 1, 2, 3, 4, 7];
    let mut left = Panel::new(Axis::new("u = p/q"), Axis::new("f(u)").range(-0.5, 3.0)).title("Generators");
    let mut right = Panel::new(Axis::new("t"), Axis::new("f*(t)").range(-1.5, 3.0)).title("Conjugates");
    for i in shown {
        let TableRow { name, kind, .. } = &TABLE[i];
        left = left.add(Series::line(*name, &u, &u.iter().map(|&u| kind.f(u)).collect::<Vec<_>>()));
        let (x, y): (Vec<f64>, Vec<f64>) =
            t.iter().map(|&t| (t, kind.conjugate(t))).filter(|(_, y)| y.is_finite() && *y < 6.0).unzip();
        right = right.add(Series::line(*name, &x, &y));
    }
    Illustration {
        id: "d5-generators",
        figure: Figure::new("Six rows of the table: f and its conjugate", [left, right]),
        caption: "Each f is convex with f(1) = 0. A bounded divergence has a conjugate that ends: beyond f′(∞) it is infinite, and \
                  the output of the critic must stay below."
            .to_owned(),
    }
}

/// `f(0) + f'(inf)` of the ten rows, by hand: the greatest values the divergences can have.
const GREATEST: [f64; 10] = {
    const INF: f64 = f64::INFINITY;
    // of weights .3 and .7 the Jensen-Shannon divergence has the entropy, -.3 ln .3 - .7 ln .7
    [1.0, INF, INF, INF, INF, 2.0, INF, 2.0 * LN_2, 0.610_864_302_054_893_5, 0.0]
};

/// D7: on laws that do not overlap no choice of f helps.
fn no_cure(claims: &mut Vec<Claim>) -> Result<()> {
    let p = Law::uniform(0.0, 1.0)?;
    let names = TABLE.each_ref().map(|row| row.name).join(", ");
    for (id, t) in [("D7", 1.0), ("D7.6", 2.0), ("D7.7", 100.0)] {
        let q = Law::uniform(t, t + 1.0)?;
        let values = TABLE
            .iter()
            .map(|row| Ok(density::f_divergence(&row.kind, &p, &q)?.value))
            .collect::<Result<Vec<f64>>>()?;
        claims.push(
            Claim::about(
                id,
                CHAPTER,
                format!("The choice of the divergence is not the cure for laws that do not overlap: U[0, 1] from U[t, t + 1] at t = {t}, each at its greatest value f(0) + f′(∞). {names}"),
                "S3 L376-396",
            )
            .vector(&values, &GREATEST, 1e-14),
        );
    }
    Ok(())
}

/// D8: the definition.
fn jensen_shannon(claims: &mut Vec<Claim>) -> Result<()> {
    let (p, q) = board_pair()?;
    let middle = Pmf::new(p.masses().iter().zip(q.masses()).map(|(p, q)| 0.5 * (p + q)).collect::<Vec<f64>>())?;
    let halves = 0.5 * kl(&p, &middle)?.value + 0.5 * kl(&q, &middle)?.value;
    let about = |id: &str, statement: &str| {
        Claim::about(id, CHAPTER, statement, "S0 L44, S1 L146-150; O014")
            .corrects("S1 reads “K” for KL and “a” or α for m")
    };
    claims.push(
        about("D8", "JSD(p, q) = ½ KL(p ‖ m) + ½ KL(q ‖ m), m = (p + q)/2, for p = (.1, .4, .5) and q = (.8, .15, .05): from the two divergences").relative(
            halves,
            0.291_260_840_626_064,
            1e-13,
        ),
    );
    claims.push(
        about("D8.2", "JSD of p = (.1, .4, .5) and q = (.8, .15, .05) from the kernel in (p − q)/(p + q)").relative(
            jsd(&p, &q)?.value,
            0.291_260_840_626_064,
            1e-13,
        ),
    );
    claims.push(
        about("D8.3", "JSD of p = (.1, .4, .5) and q = (.8, .15, .05) from the value of the game, (V(D*, G) + ln 4)/2")
            .relative(value_at_optimum(&p, &q)?.dual / 2.0 + LN_2, 0.291_260_840_626_064, 1e-13),
    );
    Ok(())
}

/// D9: the divergence is minimised over the model.
fn model_fit(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let binomial = |theta: f64| Pmf::new([(1.0 - theta).powi(2), 2.0 * theta * (1.0 - theta), theta.powi(2)]);
    let fit = |p: &Pmf, kind: &FDivergence| {
        let objective =
            |theta: f64| binomial(theta).and_then(|q| f_divergence(kind, p, &q)).map_or(f64::NAN, |d| d.value);
        golden_section(objective, 0.01, 0.99, 1e-10)
    };
    let inside = binomial(0.45)?;
    let outside = Pmf::new([0.6, 0.1, 0.3])?;
    let reached = TABLE.iter().map(|row| fit(&inside, &row.kind)).collect::<Result<Vec<f64>>>()?;
    let chosen = TABLE.iter().map(|row| fit(&outside, &row.kind)).collect::<Result<Vec<f64>>>()?;
    let about = |id: &str, statement: &str| Claim::about(id, CHAPTER, statement, "S1 L131").corrects("“q_0” for q_θ");
    claims.push(
        about("D9", "Choose ρ(p, q_θ) and minimise over θ. With p inside the model, Binomial(2, 0.45), every one of the ten divergences finds θ = 0.45")
            .identity()
            .vector(&reached, &[0.45; 10], 1e-6),
    );
    let ends =
        [chosen.iter().copied().fold(f64::INFINITY, smaller), chosen.iter().copied().fold(f64::NEG_INFINITY, larger)];
    claims.push(
        about("D9.2", "With p = (.6, .1, .3), which is no Binomial(2, θ), the choice of the divergence decides the θ: the smallest (Neyman) and the largest (Pearson) of the ten minimisers")
            .figure("d9-choice")
            .vector(&ends, &[0.083_909_225_631_427_64, 0.386_997_707_480_622_6], 1e-6),
    );
    claims.push(
        about("D9.3", "KL(p ‖ q_θ) of p = (.6, .1, .3) keeps the mean, 2θ = 0.7: its minimiser")
            .figure("d9-choice")
            .absolute(chosen[1], 0.35, 1e-6),
    );
    let theta = linspace(0.05, 0.8, 151);
    let mut panel =
        Panel::new(Axis::new("θ of Binomial(2, θ)"), Axis::new("ρ(p, q_{θ}) over its least value").range(0.95, 2.0));
    for (style, i) in [1, 2, 3, 5, 7].into_iter().enumerate() {
        let TableRow { name, kind, .. } = &TABLE[i];
        let curve = theta
            .iter()
            .map(|&t| Ok(f_divergence(kind, &outside, &binomial(t)?)?.value))
            .collect::<Result<Vec<f64>>>()?;
        let least = f_divergence(kind, &outside, &binomial(chosen[i])?)?.value;
        panel = panel
            .add(Series::line(*name, &theta, &curve.iter().map(|v| v / least).collect::<Vec<_>>()).style(style))
            .add(Series::points("", &[chosen[i]], &[1.0]).style(style));
    }
    figures.push(Illustration {
        id: "d9-choice",
        figure: Figure::new("Outside the model the divergence decides the fit", [panel]),
        caption: "p = (.6, .1, .3) is no binomial law. Each divergence, divided by its least value, has its minimum at another θ, where its marker stands."
            .to_owned(),
    });
    Ok(())
}
