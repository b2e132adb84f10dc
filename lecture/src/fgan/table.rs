//! The table of f-GAN as it is printed: f, its conjugate, the domain of that, and the best critic.
//!
//! The formulas are TeX. Rows D5 and D6 check those of the library; the domains and the greatest values are asked of it.

use super::shared::{PI, TABLE};
use crate::page::TableItem;
use fenchel::divergence::{FDivergence, Generator};
use fenchel::text::significant;
use std::f64::consts::LN_2;

/// TeX of f(u), of f*(t) on the image of f', and of T* = f'(u), in the order of the table.
const FORMULAS: [[&str; 3]; 10] = [
    [r"\tfrac12 |u - 1|", r"t", r"\tfrac12 \operatorname{sign}(u - 1)"],
    [r"u \ln u", r"e^{t - 1}", r"1 + \ln u"],
    [r"-\ln u", r"-1 - \ln(-t)", r"-1/u"],
    [r"(u - 1)^2", r"\tfrac14 t^2 + t", r"2 (u - 1)"],
    [r"(1 - u)^2 / u", r"2 - 2 \sqrt{1 - t}", r"1 - u^{-2}"],
    [r"(\sqrt u - 1)^2", r"\frac{t}{1 - t}", r"1 - u^{-1/2}"],
    [r"(u - 1) \ln u", r"w + \tfrac1w + t - 2,\; w = W(e^{1 - t})", r"1 - \tfrac1u + \ln u"],
    [r"u \ln u - (u + 1) \ln \tfrac{u + 1}{2}", r"-\ln(2 - e^t)", r"\ln \tfrac{2u}{1 + u}"],
    [
        r"\pi u \ln u - (1 - \pi + \pi u) \ln(1 - \pi + \pi u)",
        r"(1 - \pi) \ln \tfrac{1 - \pi}{1 - \pi e^{t/\pi}}",
        r"\pi \ln \tfrac{u}{1 - \pi + \pi u}",
    ],
    [r"u \ln u - (u + 1) \ln(u + 1)", r"-\ln(1 - e^t)", r"\ln \tfrac{u}{1 + u}"],
];

/// A number that the table has a name for.
fn number(x: f64) -> String {
    let known = [
        (f64::INFINITY, r"\infty"),
        (0.5, r"\tfrac12"),
        (LN_2, r"\ln 2"),
        (2.0 * LN_2, r"2 \ln 2"),
        (-PI * PI.ln(), r"-\pi \ln \pi"),
    ];
    let near = |y: f64| x.to_bits() == y.to_bits() || (x - y).abs() < 1e-14;
    known.iter().find(|(y, _)| near(*y)).map_or_else(
        || if x.fract() == 0.0 { format!("{x:.0}") } else { significant(x, 4) },
        |(_, name)| (*name).to_owned(),
    )
}

/// Where f* is finite.
fn domain(kind: &FDivergence) -> String {
    let domain = kind.conjugate_domain();
    match (domain.supremum, domain.attained) {
        (f64::INFINITY, _) => r"$\mathbb R$".to_owned(),
        (end, true) => format!(r"$t \le {}$", number(end)),
        (end, false) => format!(r"$t < {}$", number(end)),
    }
}

/// The ten rows.
pub(crate) fn table() -> TableItem {
    let columns =
        ["divergence", "$f(u)$", "$f^\\ast(t)$", "domain of $f^\\ast$", "$T^\\ast = f'(u)$", "greatest value"];
    let rows = TABLE.iter().zip(FORMULAS).map(|(row, [f, conjugate, best])| {
        let greatest = row.kind.at_zero() + row.kind.slope_at_infinity();
        let [f, conjugate, best, greatest] =
            [f, conjugate, best, &number(greatest)].map(|formula| format!("${formula}$"));
        vec![row.name.to_owned(), f, conjugate, domain(&row.kind), best, greatest]
    });
    TableItem {
        caption: "The table of f-GAN, corrected. u = p/q is the ratio of the densities; the conjugate is given on the image of f′; the greatest \
                  value, f(0) + f′(∞), is that of laws that do not overlap. π = 0.3 in the computations; W is Lambert’s function."
            .to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: rows.collect(),
        typeset: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_and_greatest_values_are_those_of_the_library() {
        let table = table();
        let of = |row: usize, column: usize| table.rows[row][column].as_str();
        assert_eq!((of(0, 3), of(0, 5)), (r"$t \le \tfrac12$", "$1$"));
        assert_eq!((of(1, 3), of(1, 5)), (r"$\mathbb R$", r"$\infty$"));
        assert_eq!((of(4, 3), of(5, 3), of(7, 3)), (r"$t \le 1$", "$t < 1$", r"$t < \ln 2$"));
        assert_eq!((of(8, 3), of(9, 3), of(9, 5)), (r"$t < -\pi \ln \pi$", "$t < 0$", "$0$"));
    }
}
