//! How do I use a convex function of my own?
//!
//! Any convex f with f(1) = 0 makes a divergence. Only f, its derivative and its limits are needed: the conjugate is then
//! computed numerically, and the dual value that certifies the result with it. Here f(u) = (u - 1)² / (u + 3), which weighs by (p + 3q)/4.
#![allow(clippy::print_stdout)] // an example answers on stdout

use fenchel::divergence::{ConjugateDomain, Generator, f_divergence};
use fenchel::measure::Pmf;

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
    Ok(())
}
