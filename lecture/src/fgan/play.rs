//! The rows of the table as curves: f with its tangent, its conjugate, and the gap of Fenchel and Young.

use super::shared::{CHAPTER, TABLE};
use crate::play::{Explorable, shortened};
use crate::shared::linspace;
use fenchel::divergence::Generator;
use fenchel::record::json::Number;
use serde::Serialize;

/// Ratios u, from a twentieth to four.
const RATIOS: usize = 159;

#[derive(Serialize)]
struct Data {
    u: Vec<Number>,
    rows: Vec<Curves>,
}

#[derive(Serialize)]
struct Curves {
    name: &'static str,
    f: Vec<Number>,
    /// `f'(u)`, which is `T*` where the ratio of the densities is `u`.
    slope: Vec<Number>,
    /// `f*(f'(u))`.
    conjugate: Vec<Number>,
    /// The conjugate over its own axis, as far as it is finite.
    t: Vec<Number>,
    of_t: Vec<Number>,
    /// Where the domain of the conjugate ends.
    end: Number,
}

/// A choice of f.
pub(crate) fn choice() -> Explorable {
    let u = linspace(0.05, 4.0, RATIOS);
    let rows = TABLE.iter().map(|row| {
        let kind = &row.kind;
        let slope: Vec<f64> = u.iter().map(|&u| kind.df(u)).collect();
        let conjugate: Vec<f64> = slope.iter().map(|&t| kind.conjugate(t)).collect();
        let end = kind.conjugate_domain().supremum;
        let axis = linspace(-3.0, end.min(3.0), 121);
        let (t, of_t): (Vec<f64>, Vec<f64>) =
            axis.into_iter().map(|t| (t, kind.conjugate(t))).filter(|(_, value)| value.is_finite()).unzip();
        Curves {
            name: row.name,
            f: shortened(&u.iter().map(|&u| kind.f(u)).collect::<Vec<_>>()),
            slope: shortened(&slope),
            conjugate: shortened(&conjugate),
            t: shortened(&t),
            of_t: shortened(&of_t),
            end: Number(end),
        }
    });
    let data = Data { rows: rows.collect(), u: shortened(&u) };
    Explorable::new(
        (CHAPTER, "generators"),
        "Choose f",
        "The tangent of f at v has the slope t = f′(v) and meets the axis at −f*(t). It lies below f, and the distance at u is the gap f(u) + \
         f*(t) − u t ≥ 0 of Fenchel and Young. Bring u to v: the gap closes, and t is T*, what the best critic says where p/q = u. f, f′ and \
         f* are those of the library at each of 159 ratios; the gap is their sum.",
        &data,
    )
}
