//! How do I use a convex function of my own?
//!
//! Any convex f with f(1) = 0 makes a divergence. Only f, its derivative and its limits are needed: the conjugate is then
//! computed numerically, and the dual value that certifies the result with it. Here f(u) = (u - 1)² / (u + 3), which weighs by (p + 3q)/4.
#![allow(clippy::print_stdout)] // an example answers on stdout

use fenchel::divergence::{ConjugateDomain, FDivergence, Generator, f_divergence};
use fenchel::measure::Pmf;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::record::write_atomic;

struct Skewed;

impl Generator for Skewed {
    fn f(&self, u: f64) -> f64 {
        (u - 1.0).powi(2) / (u + 3.0)
    }

    fn df(&self, u: f64) -> f64 {
        (u - 1.0) * (u + 7.0) / (u + 3.0).powi(2)
    }

    fn at_zero(&self) -> f64 {
        1.0 / 3.0
    }

    fn slope_at_infinity(&self) -> f64 {
        1.0
    }

    // sup u t - f(u) is finite up to t = 1, where it is 5
    fn conjugate_domain(&self) -> ConjugateDomain {
        ConjugateDomain { supremum: 1.0, attained: true }
    }
}

fn main() -> fenchel::Result<()> {
    let p = Pmf::new([0.1, 0.4, 0.5, 0.0])?;
    let q = Pmf::new([0.7, 0.15, 0.05, 0.1])?;
    let d = f_divergence(&Skewed, &p, &q)?;
    let by_hand: f64 = p.masses().iter().zip(q.masses()).map(|(p, q)| (p - q).powi(2) / (p + 3.0 * q)).sum();
    println!("value   {:.12}", d.value);
    println!("dual    {:.12}", d.dual);
    println!("gap     {:.1e}", d.gap());
    println!("by hand {by_hand:.12}");
    // the figure of the gallery, where a path is given for it
    if let Some(path) = std::env::args().nth(1) {
        write_atomic(path, figure(&p, &q)?.svg().as_bytes())?;
    }
    Ok(())
}

/// The way from `p` to `q`, as this divergence and two known ones see it.
fn figure(p: &Pmf, q: &Pmf) -> fenchel::Result<Figure> {
    let shares: Vec<f64> = (0..=40).map(|k| f64::from(k) / 40.0).collect();
    let along = |f: &dyn Generator| {
        let at = |&t: &f64| {
            let mixed: Vec<f64> = p.masses().iter().zip(q.masses()).map(|(p, q)| (1.0 - t) * p + t * q).collect();
            Ok(f_divergence(f, p, &Pmf::normalised(mixed)?)?.value)
        };
        shares.iter().map(at).collect::<fenchel::Result<Vec<f64>>>()
    };
    let panel = Panel::new(Axis::new("share t of q in the mixture"), Axis::new("divergence of p from the mixture"))
        .add(Series::line("your own", &shares, &along(&Skewed)?))
        .add(Series::line("2 JSD", &shares, &along(&FDivergence::TwoJsd)?))
        .add(Series::line("squared Hellinger", &shares, &along(&FDivergence::Hellinger2)?));
    Ok(Figure::new("On the way from p to q", [panel]))
}
